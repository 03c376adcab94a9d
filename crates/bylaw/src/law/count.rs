//! Numbers of cases, as people read them.

/// A count with its thousands set apart; a very large one as a power of ten.
pub(crate) fn count(cases: u128) -> String {
    let digits = cases.to_string();
    if digits.len() > 12 {
        let (first, second) = (digits.get(..1).unwrap_or("0"), digits.get(1..3).unwrap_or("0"));
        return format!("{first}.{second} × 10^{}", digits.len() - 1);
    }
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share of all cases: "under 0.01 %" where it is not nothing, "over 99.9 %" where it is not all.
/// No line ends before the sign.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let text = if share == 0.0 {
        "0 %".to_owned()
    } else if percent < 0.01 {
        "under 0.01 %".to_owned()
    } else if percent < 1.0 {
        format!("{percent:.2} %")
    } else if share >= 1.0 {
        "100 %".to_owned()
    } else if percent >= 99.95 {
        "over 99.9 %".to_owned()
    } else {
        format!("{percent:.1} %")
    };
    text.replace(" %", "\u{a0}%")
}

#[cfg(test)]
mod tests {
    use super::{count, percent};

    #[test]
    fn counts_are_legible() {
        for (cases, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (999_999_999_999, "999,999,999,999"),
            (1_234_567_890_123, "1.23 × 10^12"),
        ] {
            assert_eq!(count(cases), text);
        }
    }

    #[test]
    fn shares_are_legible() {
        for (share, text) in [
            (0.0, "0 %"),
            (0.000_001, "under 0.01 %"),
            (0.001_2, "0.12 %"),
            (0.125, "12.5 %"),
            (0.999_9, "over 99.9 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(percent(share).replace('\u{a0}', " "), text);
        }
    }
}
