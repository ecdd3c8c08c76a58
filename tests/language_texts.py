"""Texts of known languages: sentences as they stand in reasoning, what is no language, and mixes of both."""

from __future__ import annotations

import random
from dataclasses import dataclass

from verifiers.language.scripts import UNSPACED

_TEXTS = {
    "en": """
        Let us start by writing down everything that the problem gives us.
        The sum of the digits is a multiple of nine, so the number itself is divisible by nine.
        If both sides are squared, a solution may appear that was not there before.
        I think the easiest way is to draw a picture and mark the two right angles.
        Hmm, the remainder is always one, no matter which prime we choose.
        There are as many boys as girls in the class, and each of them shakes hands with everyone else.
        By symmetry it is enough to consider the case where the first number is the larger one.
        That would take far too long, so I should look for a pattern instead.
        Her grandmother gave her some coins and she spent half of them on a book.
        The slope of the tangent vanishes at exactly one point between the roots.
        Once the water reaches the brim, the flow has to be cut in half.
        Adding a constant to every value shifts the mean but leaves the variance alone.
        This works for small cases, yet it tells us nothing about the general one.
        Good, both methods agree and I can write the final result.
        Every other house on the street is painted blue.
        Sorting the list first makes the search much faster.""",
    "fr": """
        Commençons par écrire tout ce que l'énoncé nous donne.
        La somme des chiffres est un multiple de neuf, donc le nombre est divisible par neuf.
        Si on élève les deux membres au carré, une solution étrangère peut apparaître.
        Le plus simple est de faire un dessin et de marquer les deux angles droits.
        Le reste vaut toujours un, quel que soit le nombre premier choisi.
        Il y a autant de garçons que de filles dans la classe.
        Par symétrie, il suffit de traiter le cas où le premier nombre est le plus grand.
        Cela prendrait trop de temps, cherchons plutôt une régularité.
        Sa grand-mère lui a donné quelques pièces et elle en a dépensé la moitié.
        La pente de la tangente s'annule en un seul point entre les racines.
        Ajouter une constante à chaque valeur déplace la moyenne sans changer la variance.
        Bien, les deux méthodes donnent le même résultat et je peux conclure.""",
    "de": """
        Schreiben wir zuerst alles auf, was in der Aufgabe gegeben ist.
        Die Quersumme ist ein Vielfaches von neun, also ist die Zahl durch neun teilbar.
        Wenn man beide Seiten quadriert, kann eine falsche Lösung hinzukommen.
        Am einfachsten zeichnet man ein Bild und markiert die beiden rechten Winkel.
        Der Rest ist immer eins, egal welche Primzahl wir wählen.
        In der Klasse sind genauso viele Jungen wie Mädchen.
        Aus Symmetriegründen genügt es, den Fall zu betrachten, in dem die erste Zahl größer ist.
        Das würde viel zu lange dauern, deshalb suche ich lieber nach einem Muster.
        Ihre Großmutter gab ihr einige Münzen, und sie gab die Hälfte davon aus.
        Die Steigung der Tangente verschwindet an genau einer Stelle zwischen den Nullstellen.
        Addiert man zu jedem Wert eine Konstante, verschiebt sich nur der Mittelwert.
        Gut, beide Wege stimmen überein und ich kann das Ergebnis hinschreiben.""",
    "es": """
        Empecemos por escribir todo lo que nos da el enunciado.
        La suma de las cifras es múltiplo de nueve, así que el número es divisible entre nueve.
        Si elevamos ambos lados al cuadrado, puede aparecer una solución falsa.
        Lo más fácil es hacer un dibujo y marcar los dos ángulos rectos.
        El resto siempre es uno, sin importar qué primo elijamos.
        Hay tantos niños como niñas en la clase.
        Por simetría basta considerar el caso en que el primer número es el mayor.
        Eso llevaría demasiado tiempo, así que mejor busco un patrón.
        Su abuela le dio algunas monedas y ella gastó la mitad en un libro.
        La pendiente de la tangente se anula en un solo punto entre las raíces.
        Sumar una constante a cada valor desplaza la media pero no cambia la varianza.
        Bien, los dos métodos coinciden y puedo escribir el resultado final.""",
    "it": """
        Cominciamo scrivendo tutto quello che il problema ci dice.
        La somma delle cifre è un multiplo di nove, quindi il numero è divisibile per nove.
        Se eleviamo al quadrato entrambi i membri, può comparire una soluzione estranea.
        La cosa più semplice è fare un disegno e segnare i due angoli retti.
        Il resto è sempre uno, qualunque sia il primo che scegliamo.
        Nella classe ci sono tanti ragazzi quante ragazze.
        Per simmetria basta considerare il caso in cui il primo numero è il maggiore.
        Ci vorrebbe troppo tempo, conviene piuttosto cercare una regolarità.
        Sua nonna le ha dato alcune monete e lei ne ha spesa la metà.
        La pendenza della tangente si annulla in un solo punto tra le radici.
        Bene, i due metodi coincidono e posso scrivere il risultato finale.
        Aggiungere una costante a ogni valore sposta la media ma non la varianza.""",
    "pt": """
        Vamos começar escrevendo tudo o que o enunciado nos dá.
        A soma dos algarismos é múltiplo de nove, então o número é divisível por nove.
        Se elevarmos os dois lados ao quadrado, pode aparecer uma solução falsa.
        O mais fácil é fazer um desenho e marcar os dois ângulos retos.
        O resto é sempre um, não importa qual primo escolhemos.
        Há tantos meninos quanto meninas na turma.
        Por simetria, basta considerar o caso em que o primeiro número é o maior.
        Isso levaria tempo demais, por isso é melhor procurar um padrão.
        A avó dela lhe deu algumas moedas e ela gastou metade em um livro.
        A inclinação da tangente se anula em um único ponto entre as raízes.
        Muito bem, os dois métodos concordam e posso escrever o resultado final.
        Somar uma constante a cada valor desloca a média, mas não muda a variância.""",
    "ru": """
        Начнём с того, что выпишем всё, что дано в условии.
        Сумма цифр кратна девяти, поэтому и само число делится на девять.
        Если возвести обе части в квадрат, может появиться посторонний корень.
        Проще всего сделать рисунок и отметить два прямых угла.
        Остаток всегда равен единице, какое бы простое число мы ни выбрали.
        В классе мальчиков столько же, сколько девочек.
        В силу симметрии достаточно рассмотреть случай, когда первое число больше.
        Это займёт слишком много времени, лучше поискать закономерность.
        Бабушка дала ей несколько монет, и половину она потратила на книгу.
        Наклон касательной обращается в нуль ровно в одной точке между корнями.
        Хорошо, оба способа дают одно и то же, можно писать ответ.
        Прибавление постоянной сдвигает среднее, но не меняет дисперсию.""",
    "uk": """
        Почнемо з того, що випишемо все, що дано в умові.
        Сума цифр кратна дев'яти, тому й саме число ділиться на дев'ять.
        Якщо піднести обидві частини до квадрата, може з'явитися сторонній корінь.
        Найпростіше зробити рисунок і позначити два прямі кути.
        Остача завжди дорівнює одиниці, яке б просте число ми не вибрали.
        У класі хлопців стільки ж, скільки дівчат.
        Бабуся дала їй кілька монет, і половину вона витратила на книжку.
        Добре, обидва способи збігаються, можна писати відповідь.""",
    "zh": """
        我们先把题目给出的条件都写下来。
        各位数字之和是九的倍数，所以这个数能被九整除。
        如果两边同时平方，可能会出现增根。
        最简单的办法是画一张图，把两个直角标出来。
        不管我们选哪个质数，余数总是一。
        班里的男生和女生一样多，每个人都和其他人握一次手。
        由对称性，只需要考虑第一个数较大的情形。
        这样做太费时间，不如找找规律。
        奶奶给了她一些硬币，她花掉了一半买书。
        切线的斜率只在两根之间的一点处为零。
        每个数据都加上同一个常数，平均数会变，但是方差不变。
        很好，两种方法的结果一致，可以写出最后的答案了。
        这个方法对小的情形有效，可是对一般情形还说明不了什么。
        先排序再查找会快得多。""",
    "ja": """
        まず問題文で与えられている条件をすべて書き出してみます。
        各位の数の和が九の倍数なので、この数は九で割り切れます。
        両辺を二乗すると、余計な解が現れることがあります。
        図を描いて、二つの直角に印をつけるのがいちばん簡単です。
        どの素数を選んでも、余りは必ず一になります。
        クラスには男子と女子が同じ人数います。
        対称性から、最初の数のほうが大きい場合だけを考えれば十分です。
        それでは時間がかかりすぎるので、規則性を探すことにしよう。
        おばあさんが硬貨を何枚かくれて、彼女はその半分で本を買いました。
        接線の傾きは二つの根の間のただ一点で零になる。
        よし、二つの方法の結果が一致したので、答えを書ける。
        先に並べ替えておけば、探索はずっと速くなる。""",
    "ko": """
        먼저 문제에서 주어진 조건을 모두 적어 봅시다.
        각 자리 숫자의 합이 구의 배수이므로 이 수는 구로 나누어떨어집니다.
        양변을 제곱하면 무연근이 생길 수 있습니다.
        그림을 그려서 두 직각을 표시하는 것이 가장 쉽습니다.
        어떤 소수를 고르더라도 나머지는 항상 일입니다.
        반에는 남학생과 여학생이 똑같이 있습니다.
        대칭이므로 첫 번째 수가 더 큰 경우만 생각하면 충분하다.
        그러면 시간이 너무 오래 걸리니까 규칙을 찾아보자.
        할머니가 동전을 몇 개 주셨고 그녀는 그 절반으로 책을 샀다.
        좋아, 두 방법의 결과가 같으니 답을 쓸 수 있다.""",
    "ar": """
        لنبدأ بكتابة كل ما تعطينا إياه المسألة.
        مجموع الأرقام من مضاعفات تسعة، إذن العدد يقبل القسمة على تسعة.
        إذا ربعنا الطرفين فقد يظهر حل دخيل.
        أسهل طريقة هي أن نرسم شكلا ونحدد الزاويتين القائمتين.
        الباقي يساوي واحدا دائما مهما كان العدد الأولي الذي نختاره.
        عدد الأولاد في الصف يساوي عدد البنات.
        هذا سيستغرق وقتا طويلا، لذلك من الأفضل أن نبحث عن نمط.
        أعطتها جدتها بعض القطع النقدية فأنفقت نصفها على كتاب.
        حسنا، الطريقتان متفقتان ويمكنني كتابة النتيجة النهائية.
        إضافة ثابت إلى كل قيمة تغير المتوسط ولا تغير التباين.""",
    "fa": """
        اول همه چیزهایی را که در مسئله داده شده است می‌نویسیم.
        مجموع رقم‌ها مضربی از نه است، پس خود عدد بر نه بخش‌پذیر است.
        اگر دو طرف را به توان دو برسانیم، ممکن است جواب اضافی پیدا شود.
        ساده‌ترین راه این است که شکلی بکشیم و دو زاویه‌ی قائمه را مشخص کنیم.
        باقی‌مانده همیشه یک است، هر عدد اولی که انتخاب کنیم.
        خوب، هر دو روش یکی هستند و می‌توانم جواب را بنویسم.""",
    "he": """
        נתחיל בכך שנרשום את כל מה שנתון בשאלה.
        סכום הספרות הוא כפולה של תשע ולכן המספר מתחלק בתשע.
        אם נעלה את שני האגפים בריבוע, עלול להופיע פתרון זר.
        הכי פשוט לצייר ציור ולסמן את שתי הזוויות הישרות.
        השארית היא תמיד אחת, לא משנה איזה מספר ראשוני נבחר.
        טוב, שתי הדרכים מסכימות ואפשר לכתוב את התוצאה.""",
    "th": """
        เริ่มจากเขียนทุกอย่างที่โจทย์ให้มาก่อน
        ผลบวกของเลขโดดเป็นพหุคูณของเก้า ดังนั้นจำนวนนี้จึงหารด้วยเก้าลงตัว
        ถ้ายกกำลังสองทั้งสองข้าง อาจมีคำตอบที่ไม่จริงเพิ่มขึ้นมา
        วิธีที่ง่ายที่สุดคือวาดรูปแล้วทำเครื่องหมายมุมฉากทั้งสอง
        เศษเหลือเป็นหนึ่งเสมอ ไม่ว่าจะเลือกจำนวนเฉพาะตัวใด
        ดีแล้ว ทั้งสองวิธีได้ผลตรงกัน เขียนคำตอบได้เลย""",
    "hi": """
        सबसे पहले वह सब लिख लेते हैं जो प्रश्न में दिया गया है।
        अंकों का योग नौ का गुणज है, इसलिए संख्या नौ से विभाज्य है।
        यदि दोनों पक्षों का वर्ग करें तो एक झूठा हल आ सकता है।
        सबसे आसान तरीका है एक चित्र बनाना और दोनों समकोण दिखाना।
        शेषफल हमेशा एक होता है, चाहे हम कोई भी अभाज्य संख्या चुनें।
        ठीक है, दोनों विधियाँ सहमत हैं और मैं उत्तर लिख सकता हूँ।""",
    "vi": """
        Trước tiên hãy viết ra tất cả những gì đề bài cho.
        Tổng các chữ số là bội của chín nên số đó chia hết cho chín.
        Nếu bình phương hai vế thì có thể xuất hiện nghiệm ngoại lai.
        Cách dễ nhất là vẽ hình và đánh dấu hai góc vuông.
        Số dư luôn bằng một, dù ta chọn số nguyên tố nào.
        Trong lớp số bạn nam bằng số bạn nữ.
        Làm như thế mất quá nhiều thời gian, tốt hơn là tìm quy luật.
        Bà cho cô ấy vài đồng xu và cô ấy tiêu một nửa để mua sách.
        Tốt, hai cách cho cùng kết quả và tôi có thể viết đáp số.
        Cộng một hằng số vào mỗi giá trị làm thay đổi trung bình.""",
    "id": """
        Mari kita mulai dengan menulis semua yang diberikan dalam soal.
        Jumlah angkanya kelipatan sembilan, jadi bilangan itu habis dibagi sembilan.
        Jika kedua ruas dikuadratkan, bisa muncul penyelesaian palsu.
        Cara termudah adalah membuat gambar dan menandai kedua sudut siku-siku.
        Sisanya selalu satu, bilangan prima apa pun yang kita pilih.
        Di kelas itu banyak anak laki-laki sama dengan anak perempuan.
        Neneknya memberi dia beberapa koin dan dia memakai setengahnya untuk membeli buku.
        Baik, kedua cara itu cocok dan saya bisa menulis hasil akhirnya.""",
    "tr": """
        Önce soruda verilen her şeyi yazarak başlayalım.
        Rakamların toplamı dokuzun katı olduğundan sayı dokuza bölünür.
        İki tarafın karesini alırsak yabancı bir kök ortaya çıkabilir.
        En kolayı bir şekil çizip iki dik açıyı işaretlemektir.
        Hangi asal sayıyı seçersek seçelim kalan her zaman birdir.
        Güzel, iki yöntem de aynı sonucu veriyor ve cevabı yazabilirim.""",
    "nl": """
        Laten we eerst alles opschrijven wat in de opgave gegeven is.
        De som van de cijfers is een veelvoud van negen, dus het getal is deelbaar door negen.
        Als je beide kanten kwadrateert, kan er een valse oplossing bij komen.
        Het makkelijkst is om een tekening te maken en de twee rechte hoeken aan te geven.
        De rest is altijd één, welk priemgetal we ook kiezen.
        Goed, beide methoden komen overeen en ik kan het antwoord opschrijven.""",
    "pl": """
        Zacznijmy od wypisania wszystkiego, co jest dane w zadaniu.
        Suma cyfr jest wielokrotnością dziewięciu, więc liczba dzieli się przez dziewięć.
        Jeśli podniesiemy obie strony do kwadratu, może pojawić się obcy pierwiastek.
        Najprościej jest zrobić rysunek i zaznaczyć oba kąty proste.
        Reszta jest zawsze równa jeden, niezależnie od wybranej liczby pierwszej.
        Dobrze, obie metody dają to samo i mogę zapisać wynik.""",
    "sv": """
        Vi börjar med att skriva ner allt som är givet i uppgiften.
        Siffersumman är en multipel av nio, så talet är delbart med nio.
        Om man kvadrerar båda leden kan det dyka upp en falsk lösning.
        Det enklaste är att rita en figur och markera de två räta vinklarna.
        Resten är alltid ett, vilket primtal vi än väljer.
        Bra, båda metoderna stämmer överens och jag kan skriva svaret.""",
}
SENTENCES = {language: [line.strip() for line in text.strip().split("\n")] for language, text in _TEXTS.items()}
"""Sentences with one idea each, as a person thinks about a problem; translated freely."""

PIECES = {
    "en": ["because the other one is already fixed", "which is what we wanted to show", "so we can stop right there",
           "but this cannot be true for all of them"],
    "fr": ["parce que l'autre est déjà fixé", "ce qu'il fallait démontrer", "donc on peut s'arrêter là",
           "mais cela ne peut pas être vrai pour tous"],
    "de": ["weil der andere schon feststeht", "was wir zeigen wollten", "also können wir hier aufhören",
           "aber das kann nicht für alle gelten"],
    "es": ["porque el otro ya está fijado", "que es lo que queríamos demostrar", "así que podemos parar aquí",
           "pero esto no puede ser cierto para todos"],
    "it": ["perché l'altro è già fissato", "che è quello che volevamo dimostrare", "quindi possiamo fermarci qui",
           "ma questo non può valere per tutti"],
    "pt": ["porque o outro já está fixado", "que é o que queríamos mostrar", "então podemos parar por aqui",
           "mas isso não pode ser verdade para todos"],
    "zh": ["因为另一个已经确定了", "这正是我们要证明的", "所以到这里就可以停下", "但是这不可能对所有的数都成立"],
    "ja": ["もう一つはすでに決まっているから", "これが示したかったことです", "だからここで止めてよい"],
    "ko": ["다른 하나는 이미 정해져 있으니까", "이것이 우리가 보이려던 것이다", "그래서 여기서 멈춰도 된다"],
    "ru": ["потому что другое уже известно", "что и требовалось доказать", "так что здесь можно остановиться"],
}  # fmt: skip
"""Pieces of sentences, to switch languages within one."""

NO_LANGUAGE = [
    "$f(x) = x^2 - 4x + 3$",
    "$$\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}$$",
    "\\(\\text{speed} = 60\\)",
    "\\[a^2 + b^2 = c^2\\]",
    "`for i in range(10)`",
    "https://example.org/proof/of/the/theorem?id=17",
    "/usr/local/share/dict/words",
    "x + y = 12",
    "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
    "f(x)",
    "src/solve/main.py",
    "(x, y)",
    "3.14 cm",
    "60 km/h",
    "<br>",
    '{"step": "first guess", "value": [1, 2, 3]}',
    "user.name@example.com",
    "\\frac{1}{2}",
    "gcd(12, 18)",
    "a_n",
    "$\\text{if } n > 0$",
    "\n```python\ndef area(r):\n    # return the area of the circle\n    return 3.14 * r * r\n```\n",
    "\n| number of sides | name of the shape |\n|---|---|\n| 3 | triangle with equal sides |\n",
    "\n```\n# 检查这个数是不是质数\nprint(is_prime(97))\n```\n",
    "https://zh.wikipedia.org/wiki/勾股定理",
    "C:\\Users\\guest\\notes.txt",
]
"""What does not count, in whatever language it stands."""

GIBBERISH = [
    "wo men xian kan yi xia ti mu gei le na xie tiao jian ran hou zai suan",
    "Women xian ba timu geichu de tiaojian dou xie xialai, ranhou zai yi bu yi bu suan.",
    "mazu mondaibun de ataerarete iru joken o subete kakidashite mimasu",
    "Dochira no hōhō mo onaji kekka ni naru node, kotae o kaku koto ga dekiru.",
    "Nachnyom s togo, chto vypishem vsyo, chto dano v uslovii, i potom podumayem.",
    "Khorosho, oba sposoba dayut odno i to zhe, mozhno pisat otvet.",
    "monjeo munjeeseo jueojin jogeoneul modu jeogeo bopsida",
    "qwrt plmk zxcv bnmh jklp wqer tyrt vbnc mkjh gfds rtyw",
    "fjdksl aowie qpzmx nvbcu trieo wlqks dmfnv pqowi zmxnc alskd",
    "Glorp flimbus traxon wexil prandok, simbu taxel drogga vintu plost.",
    "sabse pehle woh sab likh lete hain jo prashn mein diya gaya hai",
]
"""Transliterations and letters without sense."""


def weight(text: str, language: str) -> float:
    """How many words a piece of plain prose has."""
    if language not in ("zh", "ja", "th"):
        return sum(any(map(str.isalpha, word)) for word in text.split())
    total = 0.0
    for sign in text:
        if sign.isalpha() or "\u0e30" <= sign <= "\u0e4e":
            kind = "kana" if "\u3040" < sign < "\u3100" else "thai" if "\u0e00" < sign < "\u0e80" else "han"
            total += UNSPACED[kind][1]
    return total


@dataclass(frozen=True)
class Mix:
    """A text whose share is known because of how it was made."""

    kind: str
    text: str
    target: str
    share: float | None


def sentences(language: str, half: int) -> list[str]:
    """Every other sentence: 0 to tune on, 1 to measure on."""
    return SENTENCES[language][half::2]


def _joined(parts: list[tuple[str, str]]) -> str:
    return "".join(text if code in ("zh", "ja") else text + " " for code, text in parts)


def _share(parts: list[tuple[str, str]], target: str) -> float:
    weights = [(code, weight(text, code)) for code, text in parts if code]
    return sum(w for code, w in weights if code == target) / sum(w for _, w in weights)


def mixes(count: int, seed: int, half: int) -> list[Mix]:
    """So many texts of each kind."""
    draw = random.Random(seed)
    everything = sorted(SENTENCES)
    latin = ["en", "fr", "de", "es", "it", "pt"]
    made: list[Mix] = []

    def take(language: str, number: int) -> list[tuple[str, str]]:
        pool = sentences(language, half)
        return [(language, text) for text in draw.sample(pool, min(number, len(pool)))]

    def add(kind: str, parts: list[tuple[str, str]], target: str) -> None:
        made.append(Mix(kind, _joined(parts), target, _share(parts, target)))

    for _ in range(count):
        target = draw.choice(everything)
        add("pure", take(target, draw.choice([1, 1, 1, 2, 3])), target)
        other = draw.choice([code for code in everything if code != target])
        made.append(Mix("wrong language", _joined(take(other, 1)), target, 0.0))
        first, second = draw.sample(["en", "zh", "ja", "ko", "ru", "ar", "fr", "es"], 2)
        parts = take(first, draw.randint(1, 5)) + take(second, draw.randint(1, 5))
        draw.shuffle(parts)
        add("sentence mix", parts, first)
        first, second = draw.sample(latin, 2)
        parts = take(first, draw.randint(1, 4)) + take(second, draw.randint(1, 4))
        draw.shuffle(parts)
        add("latin sentence mix", parts, first)
        three = draw.sample(["en", "zh", "ja", "ko", "ru", "ar", "fr", "es", "de"], 3)
        parts = [part for code in three for part in take(code, draw.randint(1, 2))]
        draw.shuffle(parts)
        add("three languages", parts, three[0])
        for kind, codes in (("switch", sorted(PIECES)), ("latin switch", latin)):
            first, second = draw.sample(codes, 2)
            (_, start), piece = take(first, 1)[0], draw.choice(PIECES[second][half::2])
            end = draw.choice(PIECES[first][half::2])
            comma = draw.choice([" ", ", "]) if first not in ("zh", "ja") else "，"
            parts = [(first, start.rstrip(".。")), (second, piece), (first, end)]
            made.append(Mix(kind, comma.join(text for _, text in parts) + ".", first, _share(parts, first)))
        target = draw.choice(everything)
        parts = take(target, 2)
        things = draw.sample(NO_LANGUAGE[half::2], 2)
        text = f"{parts[0][1]} {things[0]} {parts[1][1]} {things[1]}"
        made.append(Mix("no language", text, target, 1.0))
        made.append(
            Mix("undefined", "\n".join(draw.sample([t for t in NO_LANGUAGE if "km" not in t], 3)), target, None)
        )
        text, code = draw.choice(GIBBERISH[half::2]), draw.choice(["en", "zh", "de", "fr", "es"])
        made.append(Mix("gibberish", text, code, 0.0))
        parts = take("en", 2)
        words = weight(parts[0][1], "en") + weight(parts[1][1], "en")
        made.append(
            Mix("gibberish beside", f"{parts[0][1]} {text} {parts[1][1]}", "en", words / (words + len(text.split())))
        )
    return made
