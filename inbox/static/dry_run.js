// A chosen file is put into the text field, where it can be read and changed before it is sent.
document.addEventListener("change", async (event) => {
  const chooser = event.target;
  if (!(chooser instanceof HTMLInputElement) || chooser.dataset.fills === undefined) return;
  const [file] = chooser.files;
  const field = document.getElementById(chooser.dataset.fills);
  const said = document.getElementById(chooser.getAttribute("aria-describedby"));
  if (!file || !field) return;
  const most = Number(chooser.dataset.most);
  const isTooLarge = file.size > most;
  if (said) said.dataset.state = isTooLarge ? "large" : "";
  if (isTooLarge) {
    chooser.value = "";
    chooser.setCustomValidity(chooser.dataset.large);
    chooser.reportValidity();
    return;
  }
  chooser.setCustomValidity("");
  field.value = await file.text();
});
