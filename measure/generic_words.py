"""Words that say that somebody complains, not about what: English, Turkish, Bulgarian."""

_ENGLISH = """
about after again against ago all almost already also always and another any anybody anyone anything are around
asked asking away back bad because been before being both but call called calling came can cannot come coming
complain complained complaint complaints contact contacted could customer customers day days did didn disappointed
disappointing disgrace disgraceful doesn does doing don done each either else enough even ever every everybody
expect expected explain explanation far feel few finally first fix for from full get gets getting give given giving
goes going gone good got great had handle handled handling happen happened happening happens happy has hasn have
haven having hear heard hello help helped her here him his hour hours how ignored ignoring isn issue its joke just
keep keeps kept know last late least less let like little long look lot made make many matter may maybe mean minutes
month months more morning most much must need needed needs never new next nobody nor not nothing now off often once
one only other others our out over own people person please poor possible problem put really received reply replied
reported resolve resolved respond response rude said same say says second see seems service she should since sitting
solve solved some somebody someone something soon sorry sort staff still stop stupid such support take taken takes
tell terrible than thank thanks that the their them then there these they thing things think third this those three
time times today told tomorrow tonight too took tried try trying turn twelve two unacceptable under unhappy until
upset use useless using very wait waited waiting want wanted wants was wasn waste week weeks well went were what
when where whether which while who whole why will with within without won work worst would year years yes yesterday
yet you your yours answer answers answered apology apologise ten team
"""
_TURKISH = """
acaba açıklama acil ama artık aradım arıyorum bana bekledim bekliyorum bekliyoruz ben beni benim bile bilgi bir
biraz biri birşey biz bizi bizim böyle bugün bunu bunun burada cevap çağrı çok çözüm çözün çözülmedi daha dahi değil
destek diye dün düzeltin edin ediyorum eden edildi efendim en geri gibi göre gün günde gündür güya hâlâ hala hani
hatta hem hemen hep hepsi her hiç hiçbir hizmet için ilgili ilgilenin ise istiyorum itibaren kaç kadar kere kez ki
kim kimse konuda lütfen mağdur merhaba mi mu müşteri nasıl ne neden nedir nerede niçin niye ocak olan olarak oldu
olmadı olmaz olsun olur ona onlar onu onun oysa önce rağmen rezalet saat saattir sadece sanki sen şey şikayet
şikâyet şimdi siz size sizin son sonra sonunda sorun sorunum şöyle şu tam tane tekrar teşekkür tüm üzere var veriyor
veya yani yapın yapıyor yardım yazdım yeni yeter yine yok yüzünden yıl yıldır zaman zaten
"""
_BULGARIAN = """
ако ала беше били било бих благодаря бъде бях вас ваш ваша ваше вече вие винаги във всеки всички всичко все втори
въпреки време где дали ден дни днес добре докато досега друг други един една едно жалба защо зная или има имам искам
като казаха каза кажете какво каква как кога когато кого което които който която клиент лошо любезно мен месец
месеца моля може можете мога мой моите моята нас наш нашия него незабавно нея ние нещо никой никакъв никога нито
нищо нов няма нямам обаждам обадих обяснение още около освен отговор отговаря отново оплаквам оплакване пак пишете
писах пита питам повече под помощ помогнете после последно поради почти пред преди при проблем пъти разбирам решение
седмица седмици само сега след съжалявам съм също така такъв там тази тези това този тогава толкова трети три трябва
тук ужасно услуга утре хора хората часа часове чакам чакаме човек чрез
"""
GENERIC = frozenset(word for words in (_ENGLISH, _TURKISH, _BULGARIAN) for word in words.split())
