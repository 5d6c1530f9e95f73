//! Thanks: the messages that ask for nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::text::{Folded, fold, is_word_char};

/// Longest message that can be nothing but thanks, in words.
const THANKS_WORDS_MAX: usize = 12;
/// Longest phrase that is looked for, in words.
pub(crate) const PHRASE_WORDS_MAX: usize = 6;

/// What counts as thanks and what may stand around it. The default speaks Turkish and English.
///
/// Read from a policy, a list that is given replaces the default one; words are folded on the way in.
///
/// ```
/// use destek::text::{Thanks, fold, is_thanks};
/// let german = Thanks::new(["danke", "vielen dank"], ["euch", "🙏"]);
/// assert!(is_thanks(&fold("Vielen Dank euch 🙏"), &german));
/// assert!(!is_thanks(&fold("Vielen Dank euch 🙏"), &Thanks::default()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ThanksDoc", into = "ThanksDoc")]
pub struct Thanks {
    phrases: BTreeSet<String>,
    fillers: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ThanksDoc {
    phrases: BTreeSet<String>,
    fillers: BTreeSet<String>,
}

impl Default for ThanksDoc {
    fn default() -> Self {
        Thanks::default().into()
    }
}

impl From<ThanksDoc> for Thanks {
    fn from(doc: ThanksDoc) -> Self {
        Self::new(&doc.phrases, &doc.fillers)
    }
}

impl From<Thanks> for ThanksDoc {
    fn from(thanks: Thanks) -> Self {
        Self { phrases: thanks.phrases, fillers: thanks.fillers }
    }
}

impl Thanks {
    /// Thanks in these words or phrases, among these fillers: words, phrases or single emoji that say nothing.
    /// A phrase has at most six words; a longer one never matches.
    #[must_use]
    pub fn new<P: AsRef<str>, F: AsRef<str>>(
        phrases: impl IntoIterator<Item = P>,
        fillers: impl IntoIterator<Item = F>,
    ) -> Self {
        Self {
            phrases: phrases.into_iter().map(|text| plain(text.as_ref())).collect(),
            fillers: fillers.into_iter().map(|text| plain(text.as_ref())).collect(),
        }
    }

    /// The same thanks with these words or phrases beside them.
    ///
    /// ```
    /// use destek::text::{Thanks, fold, is_thanks};
    /// let words = Thanks::default().with(["şükran"]);
    /// assert!(is_thanks(&fold("Çok şükran"), &words) && is_thanks(&fold("Teşekkürler"), &words));
    /// ```
    #[must_use]
    pub fn with<P: AsRef<str>>(mut self, phrases: impl IntoIterator<Item = P>) -> Self {
        self.phrases.extend(phrases.into_iter().map(|text| plain(text.as_ref())));
        self
    }

    fn allows(&self, symbol: char) -> bool {
        matches!(symbol, ' ' | '.' | ',' | '!' | ';' | ':' | '-' | '–' | '—' | '(' | ')' | '\'' | '’' | '"' | '…')
            || matches!(symbol, '\u{1F3FB}'..='\u{1F3FF}') // skin tones, which follow an emoji
            || self.fillers.contains(symbol.encode_utf8(&mut [0; 4]) as &str)
    }
}

/// The words joined by single spaces, or the text itself where there is no word in it, as with an emoji.
fn plain(text: &str) -> String {
    let folded = fold(text);
    let words: Vec<&str> = folded.words().collect();
    if words.is_empty() { folded.as_str().trim().to_owned() } else { words.join(" ") }
}

impl Default for Thanks {
    fn default() -> Self {
        Self::new(THANKS.split('\n').map(str::trim), FILLERS.split('\n').map(str::trim))
    }
}

/// Whether a message says nothing but thanks, so that it need not reopen a resolved ticket.
///
/// Every word has to belong to a phrase of thanks or to a filler, at least one phrase of thanks has to be
/// there, and every sign has to be a harmless one: a question mark, a number or an angry face makes it a message
/// that somebody should read. Thanks in advance are a request, and are not thanks.
///
/// ```
/// use destek::text::{Thanks, fold, is_thanks};
/// let words = Thanks::default();
/// assert!(is_thanks(&fold("Çok teşekkürler, iyi çalışmalar 🙏"), &words));
/// assert!(!is_thanks(&fold("Teşekkürler ama hâlâ gelmedi"), &words));
/// ```
#[must_use]
pub fn is_thanks(text: &Folded, words: &Thanks) -> bool {
    let said: Vec<String> = text.words().take(THANKS_WORDS_MAX + 1).map(without_drawl).collect();
    if said.is_empty() || said.len() > THANKS_WORDS_MAX {
        return false;
    }
    // For each number of words from the start: can they be covered, and if so, with thanks among them?
    let mut covered: Vec<Option<bool>> = vec![Some(false)];
    for end in 1..=said.len() {
        let mut best = None;
        for start in end.saturating_sub(PHRASE_WORDS_MAX)..end {
            let Some(thanked) = covered.get(start).copied().flatten() else { continue };
            let phrase = said.get(start..end).unwrap_or_default().join(" ");
            if words.phrases.contains(&phrase) {
                best = Some(true);
            } else if words.fillers.contains(&phrase) {
                best = best.max(Some(thanked));
            }
        }
        covered.push(best);
    }
    covered.last().copied().flatten() == Some(true) && text.as_str().chars().all(|c| is_word_char(c) || words.allows(c))
}

/// The word with every letter that is drawn out (three times or more) written once: `cooook` is `cok`.
fn without_drawl(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let after = rest.trim_start_matches(c);
        let run = (rest.len() - after.len()) / c.len_utf8();
        out.extend(std::iter::repeat_n(c, if run > 2 { 1 } else { run }));
        rest = after;
    }
    out
}

const THANKS: &str = "teşekkür
    teşekkürler
    teşekkür ederim
    teşekkür ederiz
    teşekkür ediyorum
    teşekkür ediyoruz
    teşekkürlerimi sunarım
    teşekkürlerimizi sunarız
    tşk
    tşkler
    tşk ederim
    tşk ederiz
    sağ ol
    sağ olun
    sağ olunuz
    sağol
    sağolun
    sağolunuz
    saol
    saolun
    var ol
    var olun
    varol
    varolun
    eyvallah
    eyv
    eyw
    mersi
    minnettarım
    minnettarız
    makbule geçti
    allah razı olsun
    elinize sağlık
    ellerinize sağlık
    emeğinize sağlık
    thanks
    thank you
    thank u
    thanks a lot
    thx
    tnx
    ty
    tysm
    cheers
    appreciated
    appreciate it
    i appreciate it
    much obliged";

const FILLERS: &str = "çok
    gerçekten
    cidden
    size
    sizlere
    hepinize
    herkese
    tekrar
    tekrardan
    tamam
    tamamdır
    peki
    süper
    harika
    mükemmel
    çok iyi
    ve
    merhaba
    merhabalar
    selam
    selamlar
    günaydın
    iyi günler
    iyi akşamlar
    iyi geceler
    iyi çalışmalar
    iyi haftalar
    iyi hafta sonları
    iyi haftasonları
    iyi bayramlar
    hayırlı günler
    hayırlı akşamlar
    hayırlı işler
    bol kazançlar
    kolay gelsin
    görüşmek üzere
    hoşça kalın
    hoşçakalın
    saygılar
    saygılarımla
    sevgiler
    sevgilerimle
    efendim
    hocam
    abi
    abla
    kardeşim
    dostum
    canım
    arkadaşlar
    yardımınız için
    yardımlarınız için
    yardımcı olduğunuz için
    desteğiniz için
    ilginiz için
    ilgi ve alakanız için
    ilgi alakanız için
    ilgilendiğiniz için
    emeğiniz için
    her şey için
    herşey için
    bilgi için
    bilgilendirme için
    bilgilendirmeniz için
    cevabınız için
    hızlı cevabınız için
    dönüşünüz için
    geri dönüşünüz için
    hızlı dönüşünüz için
    anlayışınız için
    ok
    oki
    okay
    hi
    hello
    hey
    dear
    team
    all
    guys
    everyone
    many
    much
    very much
    so
    so much
    very
    a lot
    really
    again
    great
    perfect
    awesome
    wonderful
    cool
    bye
    goodbye
    regards
    best regards
    kind regards
    best
    have a nice day
    have a good day
    have a great day
    good day
    for everything
    for your help
    for the help
    for your support
    for your reply
    for the quick reply
    for the info
    for the information
    for your time
    d
    🙏
    👍
    👌
    👏
    🤝
    🙌
    ❤
    🧡
    💛
    💚
    💙
    💜
    🤍
    💕
    💖
    ☺
    😊
    🙂
    😀
    😃
    😄
    😁
    😇
    🥰
    😍
    😘
    🤗
    🌹
    🌸
    🌺
    🌷
    💐
    🎉
    ✨
    ⭐
    🌟
    💯";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thanks_and_nothing_else() {
        let words = Thanks::default();
        for text in [
            "Teşekkürler",
            "teşekkür ederim.",
            "ÇOK TEŞEKKÜRLER!!!",
            "cok tesekkur ederim",
            "Sağ olun, var olun",
            "sagolun iyi gunler",
            "Eyvallah abi 👍🏽",
            "Çok makbule geçti",
            "çooook teşekkürlerrrr :)",
            "Merhaba, ilginiz için çok teşekkür ederiz. İyi çalışmalar ❤️",
            "Tamam teşekkürler",
            "Thank you so much!",
            "ok thanks",
            "Many thanks for your help. Best regards",
            "thx :D",
        ] {
            assert!(is_thanks(&fold(text), &words), "{text}");
        }
    }

    #[test]
    fn a_message_that_says_more_is_not_thanks() {
        let words = Thanks::default();
        for text in [
            "",
            "👍",
            "iyi günler",
            "teşekkürler ama hâlâ gelmedi",
            "Teşekkürler, bekliyorum",
            "Teşekkürler, kargo ne zaman gelir?",
            "teşekkürler?",
            "Şimdiden teşekkürler",
            "thanks in advance",
            "Teşekkür etmiyorum",
            "no thanks",
            "Evet teşekkürler",
            "thanks for nothing",
            "yine de teşekkürler",
            "teşekkürler 😡",
            "Teşekkürler 5551234",
            "teşekkürler\0",
            "çok çok çok çok çok çok çok çok çok çok çok çok teşekkürler",
        ] {
            assert!(!is_thanks(&fold(text), &words), "{text}");
        }
    }

    #[test]
    fn the_policy_gives_the_words() {
        let thanks: Thanks = serde_json::from_str(r#"{"phrases": ["ŞÜKRAN"]}"#).unwrap();
        assert!(is_thanks(&fold("çok şükran"), &thanks) && !is_thanks(&fold("teşekkürler"), &thanks));
        let text = serde_json::to_string(&thanks).unwrap();
        assert_eq!(serde_json::from_str::<Thanks>(&text).unwrap(), thanks);
        assert!(serde_json::from_str::<Thanks>(r#"{"phrase": []}"#).is_err());
    }
}
