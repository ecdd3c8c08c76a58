"""The little words of each language: what fastText is least sure of, and gibberish has none of."""

from __future__ import annotations

_WORDS = {
    "en": """
        a an the and or but if then else so of to in on at by for from with without into onto over under
        between through is are was were be been being am do does did done doing have has had having can
        could will would shall should may might must not no nor yes it its it's i i'm i'll we we'll we're
        you he she they them their our your his her my me us this that these those there here what which who
        whom whose when where why how all any each every both either neither some many much more most less
        least few other another same such only also just too very than as because since while until unless
        although though however therefore thus hence let let's get gets got give gives given take takes
        makes now first second third next last again still already okay ok wait hmm well right sure actually
        maybe suppose assume need want know think see find check look about after before above below up down
        out off per one two three four five six seven eight nine ten half twice equals equal number numbers
        answer that's clearly obviously finally
        don't doesn't isn't can't won't""",
    "fr": """
        le la les l un une des du de d et ou où mais donc or ni car si alors en à au aux dans sur sous par
        pour avec sans entre vers chez est sont était être été sera soit a ont avait avoir eu fait faire
        faut peut peuvent doit doivent je j'ai tu il elle on nous vous ils elles se me te ce c'est cet cette
        ces cela ça qui que qu'il quoi dont quel quelle pas ne n'est plus moins très aussi bien tout tous
        toute toutes même mêmes autre autres chaque plusieurs comme quand lorsque puisque parce puis ensuite
        enfin ainsi encore déjà toujours jamais ici là leur leurs son sa ses mon ma mes notre nos deux trois
        quatre cinq six sept huit neuf dix y d'abord d'accord d'où voyons attends soit oui non""",
    "de": """
        der die das den dem des ein eine einen einem einer eines und oder aber denn sondern doch wenn dann
        also so in im an am auf aus bei beim mit nach von vom vor zu zum zur über unter zwischen durch für
        gegen ohne um ist sind war waren sei sein wird werden wurde haben hat hatte kann können muss müssen
        soll sollte darf will wollen ich du er sie es wir ihr uns euch sich mich dich mir dir man nicht kein
        keine nur auch noch schon sehr mehr weniger als wie was wer wo wann warum welche welcher welches
        dieser diese dieses diesem diesen jeder jede jedes alle alles beide beiden andere weil da dass ob
        damit daher daraus somit deshalb jedoch obwohl während bis nun jetzt zuerst zunächst erst hier dort
        moment gut ja nein eins zwei drei vier fünf sechs sieben acht neun zehn gilt folgt gibt""",
    "es": """
        el la los las lo un una unos unas de del al y e o u pero sino si entonces en a con sin por para
        entre sobre bajo desde hasta hacia es son era eran ser sido será fue sea está están estar hay ha han
        había haber hace hacer puede pueden debe deben yo tú él ella ello nosotros ellos ellas se me te nos
        le les su sus mi mis tu que qué quien cual cuál cuando cómo como donde porque pues así también
        tampoco no ni sí más menos muy mucho todo todos toda todas cada otro otra otros mismo misma este
        esta esto estos estas ese esa eso aquel ya aún ahora luego después antes primero vale bien aunque
        mientras tanto ambos ambas uno dos tres cuatro cinco seis siete ocho nueve diez tenemos""",
    "it": """
        il lo la i gli le un uno una di del dello della dei degli delle d e ed o ma se allora in nel nello
        nella nei negli nelle a al allo alla ai agli alle da dal dalla dai con su sul sulla per tra fra è
        sono era erano essere stato sia ha hanno aveva avere fa fare può possono deve devono io tu lui lei
        noi voi loro si mi ti ci vi ne suo sua suoi che chi cui quale quali quando come dove perché poiché
        quindi dunque così anche non né sì più meno molto tutto tutti tutte ogni altro altra altri stesso
        stessa questo questa questi queste quello quella ora poi dopo prima già ancora bene va però mentre
        entrambi entrambe due tre quattro cinque sei sette otto nove dieci abbiamo dell'ipotesi c'è""",
    "pt": """
        o a os as um uma uns umas de do da dos das e ou mas se então em no na nos nas num numa ao aos à às
        com sem por pelo pela pelos pelas para entre sobre sob desde até é são era eram ser sido será foi
        seja está estão estar há tem têm tinha ter faz fazer pode podem deve devem eu tu ele ela nós eles
        elas lhe me te seu sua seus suas meu minha que quem qual quais quando como onde porque pois assim
        também não nem sim mais menos muito todo todos toda todas cada outro outra outros mesmo mesma este
        esta isto estes estas esse essa isso aquele já ainda agora depois antes primeiro bem embora enquanto
        ambos ambas dois duas três quatro cinco seis sete oito nove dez portanto logo vamos""",
    "nl": """
        de het een en of maar want dus als dan in op aan bij met van voor naar uit over onder tussen door om
        te tot zonder tegen is zijn was waren wordt worden werd heeft hebben had kan kunnen moet moeten mag
        zal zou ik jij je hij zij ze wij we jullie u ons hun hem haar zich mij me niet geen ook nog al zeer
        meer minder dan wat wie waar wanneer waarom hoe welke dit dat deze die elke elk alle alles beide
        andere omdat daarom dus dan nu eerst hier daar goed ja nee wacht een twee drie vier vijf zes zeven
        acht negen tien er laten stel dezelfde""",
    "sv": """
        en ett den det de och eller men så om då i på av till från med utan för vid under över mellan genom
        är var vara varit blir bli blev har hade ha kan kunde ska skall skulle måste får vill jag du han hon
        vi ni de oss dem sig mig dig inte ingen inget inga bara också ännu redan mycket mer mindre än som
        vad vem var när varför hur vilken vilket vilka denna detta dessa varje alla allt båda andra eftersom
        därför dock medan att nu först här där okej ja nej vänta två tre fyra fem sex sju åtta nio tio låt""",
    "pl": """
        i a o w z u we ze na do od po za przy nad pod przez dla bez między jest są był była było być będzie
        ma mają może można musi trzeba ja ty on ona ono my wy oni one się mnie mi nas nam jego jej ich to
        ten ta te tego tej tym tych który która które których co kto gdzie kiedy dlaczego jak jaki nie ani
        tak tylko też także jeszcze już bardzo więcej mniej niż każdy każda każde wszystkie oba obie inny
        inne ponieważ bo więc zatem jednak choć lub albo czy że żeby aby gdy jeśli teraz najpierw potem
        tutaj dobrze jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć""",
    "cs": """
        a i o v z s k u ve ze se ke na do od po za při nad pod přes pro bez mezi je jsou byl byla bylo být
        bude má mají může musí já ty on ona ono my vy oni si mě mi nás nám jeho její jejich to ten ta tento
        tato toto tyto který která které co kdo kde kdy proč jak jaký není ne ani tak jen také ještě už
        velmi více méně než každý každá každé všechny oba obě jiný protože tedy proto však ale nebo že aby
        když pokud nyní nejprve pak zde dobře jeden dva tři čtyři pět""",
    "ro": """
        un o al a ai ale lui ei și sau dar dacă atunci în din la pe de cu fără pentru prin între spre este
        sunt era fi fost fie are au avea poate pot trebuie eu tu el ea noi voi ele se ne îi îl mai nu nici
        da că ce care cine când cum unde deci astfel deoarece pentru tot toți toate fiecare alt altă același
        această acest acesta acum apoi întâi bine doi două trei patru cinci șase șapte opt nouă zece avem""",
    "id": """
        yang dan atau tetapi tapi jika kalau maka jadi di ke dari pada dengan untuk tanpa oleh antara dalam
        adalah ialah akan telah sudah belum sedang bisa dapat harus perlu ada tidak bukan juga hanya saja
        lagi lebih kurang sangat saya aku kamu anda dia ia kita kami mereka ini itu tersebut apa siapa mana
        kapan mengapa bagaimana setiap semua kedua lain sama karena sehingga sebab oleh agar bahwa seperti
        sebagai sekarang pertama kemudian lalu setelah sebelum mari baik ya satu dua tiga empat lima enam
        tujuh delapan sembilan sepuluh misalkan tunggu""",
    "vi": """
        là và hoặc hay nhưng nếu thì vì nên do của cho với không có được bị phải cần cũng đã đang sẽ chỉ còn
        nữa lại rất hơn ta tôi bạn nó chúng họ này đó kia ấy gì ai nào đâu sao khi mỗi mọi các những cả hai
        ba bốn năm sáu bảy tám chín mười một từ đến trong ngoài trên dưới giữa sau trước ở tại theo bằng như
        vậy do đó hãy xét giả sử số bài toán câu trả lời suy ra tìm tính bước để mà ra vào lên đi""",
    "tr": """
        ve veya ya da de ama fakat eğer ise o bu şu bir her hiç tüm bütün iki üç dört beş altı yedi sekiz
        dokuz on için ile gibi kadar göre sonra önce arasında olarak olan olur oldu olduğu olduğundan olması
        değil var yok mi mı mu mü ne kim nasıl neden nerede çünkü yani ki daha en çok az aynı başka biz ben
        sen siz onlar bunu buna bunun şimdi ilk tamam bekle hadi gerekir gerek""",
    "ru": """
        и в во на с со к ко о об от по за из у до для без при над под через между не ни но а или если то так
        что чтобы как когда где кто чем это этот эта эти этого этой этом тот та те того все всё всех весь
        каждый каждая каждое оба обе мы я ты он она оно они нам нас его её их им мне быть был была было
        будет есть нет да уже ещё только также тоже же бы ли ведь потому поэтому значит тогда теперь сначала
        затем потом здесь очень более менее один два три четыре пять надо нужно можно пусть хорошо который
        которые итак""",
    "uk": """
        і й в у на з із зі до від по за для без при над під через між не ні але а або якщо то так що щоб як
        коли де хто чим це цей ця ці цього тієї той та ті все всі весь кожен кожна кожне обидва обидві ми я
        ти він вона воно вони нам нас його її їх їм мені бути був була було буде є нема вже ще тільки також
        теж же б чи адже тому отже тоді тепер спочатку потім тут дуже більш менш один два три чотири треба
        потрібно можна нехай добре який яка""",
    "bg": """
        и в във на с със към за от до по при над под през между не ни но а или ако то така че да как кога
        къде кой кого това този тази тези онзи всички всяко всеки двете двата ние аз ти той тя те нас му ги
        е са беше бъде има няма вече още само също би ли защото затова значи тогава сега първо после тук
        много повече едно две три трябва може нека""",
    "gl": """
        o a os as un unha uns unhas de do da dos das e ou mais pero senón se entón en no na nos nas ao aos á ás con sen
        por polo pola polos polas para entre sobre baixo desde ata é son era eran ser sido será foi sexa está están
        estar hai ten teñen tiña ter fai facer pode poden debe deben eu ti el ela nós eles elas lle me te seu súa seus
        súas meu miña que quen cal cales cando como onde porque pois así tamén non nin si máis menos moi moito todo
        todos toda todas cada outro outra outros mesmo mesma este esta isto estes estas ese esa iso aquel xa aínda agora
        despois antes primeiro ben aínda mentres ambos ambas dous dúas tres catro cinco seis sete oito nove dez""",
    "ca": """
        el la els les l un una uns unes de del dels d i o però sinó si llavors aleshores en a al als amb sense per pel
        pels entre sobre sota des fins és són era eren ser estat serà sigui està estan hi ha han havia haver fa fer pot
        poden ha deu jo tu ell ella nosaltres ells elles es em et ens li seu seva seus meu meva que què qui quin quina
        quan com on perquè doncs així també tampoc no ni sí més menys molt molta tot tota tots totes cada altre altra
        altres mateix mateixa aquest aquesta això aquests aquestes aquell ja encara ara després abans primer bé
        mentre ambdós dos dues tres quatre cinc sis set vuit nou deu tenim""",
    "sk": """
        a aj i o v z s k u vo zo so ku na do od po za pri nad pod cez pre bez medzi je sú bol bola bolo byť bude má majú
        môže musí ja ty on ona ono my vy oni sa si mi nás nám jeho jej ich to ten tá tento táto toto tieto ktorý ktorá
        ktoré čo kto kde kedy prečo ako aký nie ani tak len tiež ešte už veľmi viac menej než každý každá každé všetky
        všetko oba obe iný pretože teda preto však ale alebo že aby keď ak teraz najprv potom tu dobre jeden dva tri
        štyri päť šesť sedem osem deväť desať""",
    "ms": """
        yang dan atau tetapi jika kalau maka jadi di ke dari daripada pada kepada dengan untuk tanpa oleh antara dalam
        adalah ialah akan telah sudah belum sedang boleh dapat mesti perlu ada tidak bukan juga hanya sahaja lagi lebih
        kurang sangat saya aku awak anda dia ia kita kami mereka ini itu tersebut apa siapa mana bila mengapa kenapa
        bagaimana setiap semua kedua lain sama kerana sebab supaya bahawa seperti sebagai sekarang pertama kemudian lalu
        selepas sebelum mari baik ya satu dua tiga empat lima enam tujuh lapan sembilan sepuluh tiada ialah iaitu""",
    "no": """
        en ei et den det de og eller men så hvis da i på av til fra med uten for ved under over mellom gjennom er var
        være vært blir bli ble har hadde ha kan kunne skal skulle må måtte får vil jeg du han
        hun vi dere oss dem seg meg
        deg ikke ingen ingenting bare også ennå allerede mye mer mindre enn som hva hvem
        hvor når hvorfor hvordan hvilken
        hvilket hvilke denne dette disse hver hvert alle alt begge andre fordi derfor mens at nå først her der ja nei
        vent to tre fire fem seks sju syv åtte ni ti la""",
    "da": """
        en et den det de og eller men så hvis da i på af til fra med uden for ved under over mellem gennem er var være
        været bliver blive blev har havde have kan kunne skal skulle må måtte får vil jeg du han hun vi os dem sig mig
        dig ikke ingen intet kun også endnu allerede meget mere mindre end som hvad hvem hvor hvornår hvorfor hvordan
        hvilken hvilket hvilke denne dette disse hver hvert alle alt begge andre fordi derfor mens at nu først her der
        ja nej vent to tre fire fem seks syv otte ni ti lad""",
    "hr": """
        a i o u s z sa na do od po za pri nad pod kroz kod iz bez između je su bio bila bilo biti će bude ima imaju može
        mogu mora moramo treba ja ti on ona ono mi vi oni se me nam nas njegov njezin njihov to taj ta ovaj ova ovo ovi
        koji koja koje što tko gdje kada zašto kako kakav nije ne ni tako samo također još već vrlo više manje nego
        svaki svaka svako svi sve oba obje drugi drugo jer dakle zato ali ili da ako kad sada prvo najprije zatim onda
        ovdje dobro jedan dva dvije tri četiri pet šest sedam osam devet deset""",
    "sl": """
        in a o v z s k h na do od po za pri nad pod čez iz brez med je so bil bila bilo biti bo ima imajo lahko mora
        moramo treba jaz ti on ona ono mi vi oni se me nam nas njegov njen njihov to ta
        tisti te ki kateri katera kaj kdo
        kje kdaj zakaj kako kakšen ni ne niti tako samo tudi še že zelo več manj kot vsak vsaka vsako vsi vse oba obe
        drug drugi ker torej zato ampak ali da če ko zdaj najprej nato potem tukaj dobro en ena eno dva dve tri štiri
        pet šest sedem osem devet deset""",
    "sr": """
        а и о у с са на до од по за при над под кроз код из без између је су био била било бити ће буде има имају може
        могу мора морамо треба ја ти он она оно ми ви они се ме нам нас његов њен њихов то тај та овај ова ово ови који
        која које што шта ко где када зашто како није не ни тако само такође још већ врло више мање него сваки свака
        свако сви све оба обе други друго јер дакле зато али или да ако кад сада прво затим онда овде добро један два
        две три четири пет шест седам осам девет десет""",
    "mk": """
        и во на со од до по за при над под преку кај без меѓу е се беше биде има имаат
        може мора треба јас ти тој таа тоа
        ние вие тие го ја му ги ме нас тоа овој оваа ова овие кој која кое кои што каде кога зошто како не ни така само
        исто уште веќе многу повеќе помалку секој секоја секое сите двата двете друг бидејќи значи затоа но или дека да
        ако сега прво потоа тука добро еден една едно два две три четири пет""",
}

WORDS = {language: frozenset(words.split()) for language, words in _WORDS.items()}

_KIN = ["es pt gl ca", "cs sk hr sl", "ru uk bg mk sr", "id ms", "no da sv"]
KIN = {code: frozenset(kin.split()) - {code} for kin in _KIN for code in kin.split()}
"""Languages that an identifier takes for each other."""

_LETTERS = {
    "en": "éèêëïöçñôâ",  # naïve, café, façade, coördination
    "fr": "àâæçéèêëîïôœùûüÿ",
    "de": "äöüßé",
    "es": "áéíñóúüºª",
    "it": "àèéìíîòóùú",
    "pt": "áâãàçéêíóôõúüºª",
    "nl": "éëèïóöüáíêç",
    "sv": "åäöéèüà",
    "no": "æøåéèêóòâô",
    "da": "æøåéüö",
    "fi": "åäöšž",
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýž",
    "ro": "ăâîșțşţ",
    "gl": "áéíïñóúüºª",
    "ca": "àçèéíïòóúü",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "hr": "čćđšž",
    "sl": "čšžćđ",
    "id": "éê",
    "ms": "é",
    "tr": "çğıiöşüâîû\u0307",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюяѝ",
    "ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيًٌٍَُِّْٰ",
}
ALPHABET = {language: frozenset("abcdefghijklmnopqrstuvwxyz'-·" + letters) for language, letters in _LETTERS.items()}
"""The letters of a language; a word with another one is hardly its own."""
NEEDED = {"uk": frozenset("іїєґ"), "be": frozenset("іў"), "fa": frozenset("یکپچژگ"), "ur": frozenset("یہےںٹڈڑگکھ")}
"""A text of some length in the language has one of these letters."""

_SPELT = {
    "cyrillic": """
        зе зэ оф энд зис зиз зат зэт зей зэй зэн зер ис уи уиз уит фром нау хау уен ват уот уай хэв хев хэз
        хез даз дазнт донт кэн шуд куд бикоз бикос ферст фёрст уэйт вейт зем файнд нид олл хир синк""",
    "arabic": "ذا أوف إز وي آند ذيس ويذ إت بيكوز فيرست ويت ذير شود",
    "devanagari": """
        द ऑफ ऑफ़ इज इज़ टु टू एंड एण्ड फॉर फ़ॉर दैट दिस विद इट अस वॉज नॉट बट हाउ व्हाट देयर बिकॉज
        बिकॉज़ फर्स्ट फ्रॉम वेन हैव कैन शुड""",
    "hangul": "오브 이즈 앤드 디스 위드 잇 렛 렛츠 어스 비코즈 하우 왓 프롬 데어 낫 해브 해즈 슈드 더즈",
}
SPELT = {script: frozenset(words.split()) for script, words in _SPELT.items()}
"""English little words in the letters of others, as they are spelt by their sound; none that the others have too."""
