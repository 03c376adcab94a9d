//! Times as logs write them, and the local days on which they fall.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

use bylaw_audit::log::{
    format::Formats,
    time::{Clock, Moment, NoTime, Precision, Written, zone_of},
};
use jiff::{Timestamp, tz::TimeZone};

#[test]
fn times_of_every_pattern_fall_on_the_local_day() {
    for (format, jurisdiction, text, wanted) in [
        ("portal-audits", "us/ca", "2026-03-20T00:06:23.972Z", "2026-03-19 1773965183"),
        ("portal-audits", "us/ca/los-angeles", "2026-03-20T07:00:00Z", "2026-03-20 1773990000"),
        ("portal-audits", "us/ca", "2026-03-20T06:59:59.999Z", "2026-03-19 1773989999"),
        ("vendor-export", "us/fl", "11/14/2025, 09:53:36 AM UTC", "2025-11-14 1763114016"),
        ("vendor-export", "us/ca", "11/14/2025, 12:00:14 AM UTC", "2025-11-13 1763078414"),
        ("vendor-export", "us/ca", "11/14/2025, 12:00:14 PM UTC", "2025-11-14 1763121614"),
        ("vendor-export", "us/ca", "11/14/2025,12:00:14 PM UTC", "2025-11-14 1763121614"),
        ("vendor-export", "us/ca", "11/14/2025, 12:00:14\u{202f}PM UTC", "2025-11-14 1763121614"),
        ("vendor-export", "us/ca", "11/14/2025 9:53", "2025-11-14 1763113980"),
        ("portal-audit-cameras", "us/or", "2025-06-18 00:02:04.789", "2025-06-18 1750230124"),
        ("reason-and-time", "us/ca", "2021-12-14 08:49:47", "2021-12-14 1639500587"),
        ("reasons-table", "us/mn", "2025-01", "2025-01-01 month"),
        ("general", "us/ca", "2014-12-01", "2014-12-01 day"),
        ("general", "us/ca", "12/1/2014", "2014-12-01 day"),
        ("general", "us/ca", "2026-03-20T00:06:23-07:00", "2026-03-20 1773990383"),
        ("general", "us/ca", "2026-03-20T00:06:23.5+0000", "2026-03-19 1773965183"),
        ("general", "us/ca", "3/20/2026 12:06 AM", "2026-03-20 1773990360"),
        ("general", "us/ca", "3/20/26 0:06", "2026-03-20 1773990360"),
        ("general", "us/ca", "Mar 20, 2026, 12:06:23 AM", "2026-03-20 1773990383"),
        ("general", "us/ca", "March 20, 2026", "2026-03-20 day"),
        ("general", "us/ca", "2026-03-20 00:06:23 EDT", "2026-03-19 1773979583"),
        ("general", "us/ca", "2024-02-29", "2024-02-29 day"),
    ] {
        let formats = formats();
        let format = formats.named(format).expect("there is one");
        let moment = format.clock(zone(jurisdiction)).read(text);
        assert_eq!(told(moment), wanted, "{text}");
    }
}

#[test]
fn what_is_no_time_is_none() {
    let formats = formats();
    let mut clock = formats.named("general").expect("there is one").clock(zone("us/ca"));
    for text in [
        "",
        "soon",
        "2025-02-29",
        "2025-13-01",
        "13/45/2025",
        "0/1/2025",
        "2025-06-18 24:00:00",
        "2025-06-18 00:60:00",
        "3/20/2026 13:06 PM",
        "3/20/2026 0:06 AM",
        "2026-03-20T00:06:23.972Zulu",
        "2026-03-20 00:06:23 XYZ",
        "20260320",
        "26-01628",
        "2026-03-20T00:06:23+99:00",
        "２０２６-03-20",
    ] {
        assert_eq!(clock.read(text), Err(NoTime), "{text}");
    }
}

#[test]
fn clocks_that_change() {
    let formats = formats();
    let utc = formats.named("vendor-export").expect("there is one");
    let local = formats.named("reason-and-time").expect("there is one");
    for (format, text, wanted) in [
        // In the night of 2026-03-08, at 10:00 UTC, two o'clock becomes three.
        (utc, "03/08/2026, 07:59:59 AM UTC", "2026-03-07 1772956799"),
        (utc, "03/08/2026, 08:00:00 AM UTC", "2026-03-08 1772956800"),
        (utc, "03/09/2026, 06:59:59 AM UTC", "2026-03-08 1773039599"),
        (utc, "03/09/2026, 07:00:00 AM UTC", "2026-03-09 1773039600"),
        (local, "2026-03-08 01:59:59", "2026-03-08 1772963999"),
        (local, "2026-03-08 02:30:00", "2026-03-08 none"),
        (local, "2026-03-08 03:00:00", "2026-03-08 1772964000"),
        // In the night of 2025-11-02, at 09:00 UTC, two o'clock becomes one again.
        (utc, "11/02/2025, 06:59:59 AM UTC", "2025-11-01 1762066799"),
        (utc, "11/02/2025, 07:00:00 AM UTC", "2025-11-02 1762066800"),
        (utc, "11/03/2025, 07:59:59 AM UTC", "2025-11-02 1762156799"),
        (utc, "11/03/2025, 08:00:00 AM UTC", "2025-11-03 1762156800"),
        (local, "2025-11-02 00:59:59", "2025-11-02 1762070399"),
        (local, "2025-11-02 01:30:00", "2025-11-02 none"),
        (local, "2025-11-02 02:00:00", "2025-11-02 1762077600"),
    ] {
        assert_eq!(told(format.clock(zone("us/ca")).read(text)), wanted, "{text}");
    }
}

/// A clock that remembers days says what the table of zones says, in any order of rows.
#[test]
fn a_clock_never_misremembers() {
    let mut seed = Seed(0xc10c);
    for name in ["America/Los_Angeles", "America/Phoenix", "Europe/London", "Pacific/Apia"] {
        let here = TimeZone::get(name).expect("there is one");
        let mut utc = Clock::new(Vec::new(), Written::Utc, here.clone());
        let mut local = Clock::new(Vec::new(), Written::Local, here.clone());
        for _ in 0..8_000 {
            let spread = if seed.below(2) == 0 { 3_000_000 } else { 1_500_000_000 };
            let second = i64::try_from(seed.below(spread)).expect("it is small") + 300_000_000;
            let instant = Timestamp::from_second(second).expect("it is in range");
            let there = here.to_datetime(instant);
            assert_eq!(utc.instant(second).map(|moment| moment.on), Ok(there.date()), "{instant}");
            let wall = TimeZone::UTC.to_timestamp(there).expect("it is in range").as_second();
            let moment = local.wall_seconds(wall).expect("it is in range");
            assert_eq!(moment.on, there.date());
            let sure = !here.to_ambiguous_timestamp(there).is_ambiguous();
            assert_eq!(moment.utc, sure.then_some(second), "{there} {name}");
        }
    }
}

#[test]
fn every_state_has_a_zone() {
    for (jurisdiction, wanted) in [
        ("us/ca", Some("America/Los_Angeles")),
        ("us/ca/los-angeles", Some("America/Los_Angeles")),
        ("us/co", Some("America/Denver")),
        ("us/fl", Some("America/New_York")),
        ("us/il/cook-county", Some("America/Chicago")),
        ("us/ma", Some("America/New_York")),
        ("us/or", Some("America/Los_Angeles")),
        ("us/tx", Some("America/Chicago")),
        ("us/wa", Some("America/Los_Angeles")),
        ("us", None),
        ("us/xx", None),
        ("ca/on", None),
        ("", None),
    ] {
        let zone = zone_of(jurisdiction);
        assert_eq!(zone.map(|zone| zone.name), wanted, "{jurisdiction}");
    }
    let states = "al ak az ar ca co ct de dc fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj \
                  nm ny nc nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy";
    assert_eq!(states.split_whitespace().count(), 51);
    for state in states.split_whitespace() {
        let zone = zone_of(&format!("us/{state}")).expect(state);
        assert!(zone.time_zone().is_some(), "{}", zone.name);
        assert!(zone.others.iter().all(|other| TimeZone::get(other).is_ok()), "{state}");
    }
}

fn formats() -> Formats {
    Formats::built_in().expect("the crate's files are right")
}

fn zone(jurisdiction: &str) -> TimeZone {
    zone_of(jurisdiction).and_then(|zone| zone.time_zone()).expect("there is one")
}

fn told(moment: Result<Moment, NoTime>) -> String {
    match moment {
        Err(NoTime) => "no time".to_owned(),
        Ok(Moment { on, utc, precision: Precision::Time }) => {
            format!("{on} {}", utc.map_or("none".to_owned(), |utc| utc.to_string()))
        }
        Ok(Moment { on, precision: Precision::Day, .. }) => format!("{on} day"),
        Ok(Moment { on, precision: Precision::Month, .. }) => format!("{on} month"),
    }
}

/// Numbers that look random and are the same each time (`SplitMix64`).
struct Seed(u64);

impl Seed {
    fn below(&mut self, many: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let many = u64::try_from(many.max(1)).unwrap_or(1);
        usize::try_from((mixed ^ (mixed >> 31)) % many).unwrap_or(0)
    }
}
