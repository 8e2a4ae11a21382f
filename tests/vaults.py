"""A vault for tests, with one key that lives as long as the run."""

from store.vault import GivenKeys, Key, Vault

VAULT = Vault(GivenKeys([Key.new()]))
