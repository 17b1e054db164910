//! Charts as SVG, drawn here: no script, and no style but classes, as the page's headers have it. Each is small enough for a phone, and
//! the table below holds the same numbers.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::insight::{Counts, Week};
use crate::render::day;

/// The size of a chart in its own units, which are a phone's pixels; on larger screens two stand side by side.
const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 190.0;
/// What is left free for the numbers at the left and the days below.
const LEFT: f64 = 42.0;
const RIGHT: f64 = 4.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;
/// The share of a week's width that its bar takes …
const BAR: f64 = 0.72;
/// … and the most: one week alone is no wall.
const WIDEST_BAR: f64 = 36.0;

/// The verdicts in the order in which they are stacked: how it is called, the class that colours it, how many.
type Part = (&'static str, &'static str, fn(&Counts) -> usize);
const PARTS: [Part; 3] = [
    ("answered", "good", |counts| counts.answered),
    ("given the nearest passage", "near", |counts| counts.nearest),
    ("not in the posts", "none", |counts| counts.not_in_posts),
];

/// All charts of some weeks, and their numbers as a table.
pub(super) fn charts(weeks: &[Week]) -> Markup {
    html! {
        div.charts {
            (questions(weeks))
            (answered(weeks))
            (votes(weeks))
        }
        details { summary { "The numbers as a table" } (table(weeks)) }
    }
}

/// A scale from 0 up, with a round top.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    top: f64,
    /// Above and below 0.
    both: bool,
}

impl Scale {
    /// The least of 1, 2, 4 and 10 times a power of ten that holds the largest value: half of each but 1 is a whole number.
    fn up_to(largest: usize, both: bool) -> Self {
        let largest = largest.max(2) as f64;
        let power = 10_f64.powf(largest.log10().floor());
        let top = [1.0, 2.0, 4.0, 10.0].map(|step| step * power).into_iter().find(|top| *top >= largest);
        Self { top: top.unwrap_or(largest), both }
    }

    /// Where a value stands, from the top.
    fn y(self, value: f64) -> f64 {
        let room = HEIGHT - TOP - BOTTOM;
        let zero = if self.both { TOP + room / 2.0 } else { TOP + room };
        let per_one = if self.both { room / 2.0 } else { room } / self.top;
        zero - value * per_one
    }

    fn ticks(self) -> Vec<f64> {
        if self.both { vec![-self.top, 0.0, self.top] } else { vec![0.0, self.top / 2.0, self.top] }
    }
}

/// The width of a bar in a week's width.
fn bar(width: f64) -> f64 {
    (width * BAR).min(WIDEST_BAR)
}

/// The left edge of a week, and its width.
fn slot(at: usize, count: usize) -> (f64, f64) {
    let width = (WIDTH - LEFT - RIGHT) / count.max(1) as f64;
    (LEFT + at as f64 * width, width)
}

/// A coordinate in tenths of a unit: more makes no difference to be seen.
fn units(value: f64) -> String {
    format!("{:.1}", value + 0.0)
}

/// A chart with its title, frame and what it tells whoever doesn't see it.
fn chart(
    title: &str,
    told: &str,
    weeks: &[Week],
    scale: Scale,
    number: impl Fn(f64) -> String,
    legend: &Markup,
    drawn: &Markup,
) -> Markup {
    html! {
        figure.chart {
            figcaption { (title) }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label={ (title) ": " (told) } {
                @for tick in scale.ticks() {
                    line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(units(scale.y(tick))) y2=(units(scale.y(tick))) {}
                    text.tick x=(LEFT - 6.0) y=(units(scale.y(tick) + 4.0)) text-anchor="end" { (number(tick)) }
                }
                (days(weeks))
                (drawn)
            }
            (legend)
        }
    }
}

/// The first, the middle and the last week by their Mondays.
fn days(weeks: &[Week]) -> Markup {
    let last = weeks.len().saturating_sub(1);
    let shown = match weeks.len() {
        0 => vec![],
        1 => vec![(0, "middle")],
        2..=4 => vec![(0, "start"), (last, "end")],
        _ => vec![(0, "start"), (last / 2, "middle"), (last, "end")],
    };
    html! {
        @for (at, anchor) in shown {
            @let (left, width) = slot(at, weeks.len());
            @let x = match anchor { "start" => left, "end" => left + width, _ => left + width / 2.0 };
            text.tick x=(units(x)) y=(HEIGHT - 6.0) text-anchor=(anchor) { (short(weeks[at].monday)) }
        }
    }
}

/// A day without its year.
fn short(date: Date) -> String {
    date.strftime("%-d %b").to_string()
}

fn legend(parts: &[(&str, &str)]) -> Markup {
    html! {
        ul.legend { @for (name, class) in parts { li { span.swatch.(class) {} (name) } } }
    }
}

fn whole(value: f64) -> String {
    format!("{}", value.abs())
}

/// Questions of each week, by verdict.
fn questions(weeks: &[Week]) -> Markup {
    let scale = Scale::up_to(weeks.iter().map(|week| week.counts.asked).max().unwrap_or_default(), false);
    let drawn = html! {
        @for (at, week) in weeks.iter().enumerate() {
            @let (left, width) = slot(at, weeks.len());
            g {
                title { (told(week)) }
                @for (class, low, high) in stacked(&week.counts) {
                    rect.(class) x=(units(left + (width - bar(width)) / 2.0)) width=(units(bar(width)))
                        y=(units(scale.y(high as f64))) height=(units(scale.y(low as f64) - scale.y(high as f64))) {}
                }
            }
        }
    };
    let asked: usize = weeks.iter().map(|week| week.counts.asked).sum();
    let told = format!(
        "{asked} in {} weeks, at most {} in one",
        weeks.len(),
        weeks.iter().map(|week| week.counts.asked).max().unwrap_or(0)
    );
    chart("Questions by week", &told, weeks, scale, whole, &legend(&PARTS.map(|(name, class, _)| (name, class))), &drawn)
}

/// The parts of a bar, from below: class, where it begins and ends. What is nothing is left out.
fn stacked(counts: &Counts) -> Vec<(&'static str, usize, usize)> {
    let mut low = 0;
    let part = |(_, class, of): &Part| {
        let high = low + of(counts);
        let part = (*class, low, high);
        low = high;
        part
    };
    PARTS.iter().map(part).filter(|(_, low, high)| high > low).collect()
}

/// What is told of a week in words.
fn told(week: &Week) -> String {
    let parts = PARTS.map(|(name, _, of)| format!("{} {name}", of(&week.counts))).join(", ");
    format!("Week of {}: {} asked, {parts}", day(week.monday), week.counts.asked)
}

/// The share of each week's questions that was answered. Weeks in which nothing was asked have none.
fn answered(weeks: &[Week]) -> Markup {
    let scale = Scale { top: 1.0, both: false };
    let middle = |at: usize| {
        let (left, width) = slot(at, weeks.len());
        left + width / 2.0
    };
    let points: Vec<Option<(f64, f64)>> =
        weeks.iter().enumerate().map(|(at, week)| week.answered().map(|share| (middle(at), scale.y(share)))).collect();
    let drawn = html! {
        @for run in points.split(Option::is_none).filter(|run| run.len() > 1) {
            polyline.line points=(line(run)) {}
        }
        @for (point, week) in points.iter().zip(weeks) {
            @if let Some((x, y)) = point {
                circle.dot cx=(units(*x)) cy=(units(*y)) r="3.5" { title { (told(week)) } }
            }
        }
    };
    let shares: Vec<f64> = weeks.iter().filter_map(Week::answered).collect();
    let told = match shares.last() {
        Some(last) => format!("{} in the last week in which something was asked", percent(*last)),
        None => "nothing was asked".to_owned(),
    };
    chart("Share answered", &told, weeks, scale, percent, &legend(&[("of what was asked in the week", "line")]), &drawn)
}

/// The points of a line.
fn line(points: &[Option<(f64, f64)>]) -> String {
    let point = |(x, y): &(f64, f64)| format!("{},{}", units(*x), units(*y));
    points.iter().flatten().map(point).collect::<Vec<_>>().join(" ")
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Votes of each week's answers: up and down.
fn votes(weeks: &[Week]) -> Markup {
    let most = weeks.iter().flat_map(|week| [week.votes.helped, week.votes.not]).max().unwrap_or_default();
    let scale = Scale::up_to(most as usize, true);
    let bar = |at: usize, value: f64, class: &str| {
        let ((left, width), y, zero) = (slot(at, weeks.len()), scale.y(value), scale.y(0.0));
        html! {
            @if value != 0.0 {
                rect.(class) x=(units(left + (width - bar(width)) / 2.0)) width=(units(bar(width)))
                    y=(units(y.min(zero))) height=(units((y - zero).abs())) {}
            }
        }
    };
    let drawn = html! {
        @for (at, week) in weeks.iter().enumerate() {
            g {
                title { "Week of " (day(week.monday)) ": " (week.votes.helped) " for, " (week.votes.not) " against" }
                (bar(at, f64::from(week.votes.helped), "good"))
                (bar(at, -f64::from(week.votes.not), "none"))
            }
        }
    };
    let (helped, not): (u32, u32) =
        (weeks.iter().map(|week| week.votes.helped).sum(), weeks.iter().map(|week| week.votes.not).sum());
    let told = format!("{helped} for, {not} against");
    chart("Votes by week asked", &told, weeks, scale, whole, &legend(&[("it helped", "good"), ("it did not", "none")]), &drawn)
}

fn table(weeks: &[Week]) -> Markup {
    html! {
        div.scrolled tabindex="0" role="region" aria-label="Questions and votes by week" {
            table {
                thead { tr {
                    th scope="col" { "Week of" } th scope="col" { "Asked" }
                    @for (name, _, _) in PARTS { th scope="col" { (name) } }
                    th scope="col" { "Share answered" } th scope="col" { "Helped" } th scope="col" { "Did not" }
                } }
                tbody {
                    @for week in weeks.iter().rev() {
                        tr {
                            th scope="row" { (day(week.monday)) } td { (week.counts.asked) }
                            @for (_, _, of) in PARTS { td { (of(&week.counts)) } }
                            td { (week.answered().map_or_else(|| "–".to_owned(), percent)) }
                            td { (week.votes.helped) } td { (week.votes.not) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::Votes;

    fn week(monday: &str, (answered, nearest, not_in_posts): (usize, usize, usize), votes: (u32, u32)) -> Week {
        let counts = Counts { asked: answered + nearest + not_in_posts, answered, nearest, not_in_posts, voted_down: 0 };
        Week { monday: monday.parse().unwrap(), counts, votes: Votes { helped: votes.0, not: votes.1 } }
    }

    #[test]
    fn a_scale_ends_at_a_round_number_that_holds_the_largest() {
        for (largest, top) in
            [(0, 2.0), (1, 2.0), (2, 2.0), (3, 4.0), (5, 10.0), (10, 10.0), (11, 20.0), (39, 40.0), (41, 100.0), (3_999, 4_000.0)]
        {
            assert_eq!(Scale::up_to(largest, false).top, top, "{largest}");
        }
        let scale = Scale::up_to(10, false);
        assert_eq!((scale.y(0.0), scale.y(10.0), scale.ticks()), (HEIGHT - BOTTOM, TOP, vec![0.0, 5.0, 10.0]));
        let both = Scale::up_to(10, true);
        assert_eq!((both.y(10.0), both.y(-10.0)), (TOP, HEIGHT - BOTTOM));
    }

    #[test]
    fn a_bar_is_stacked_from_what_is_there() {
        let counts = week("2026-11-30", (3, 0, 2), (0, 0)).counts;
        assert_eq!(stacked(&counts), [("good", 0, 3), ("none", 3, 5)]);
        assert_eq!(stacked(&Counts::default()), []);
    }

    #[test]
    fn charts_hold_every_number_and_neither_script_nor_style() {
        let weeks =
            [week("2026-11-16", (1, 2, 3), (4, 1)), week("2026-11-23", (0, 0, 0), (0, 0)), week("2026-11-30", (1, 0, 0), (0, 2))];
        let drawn = charts(&weeks).into_string();
        for part in [
            "aria-label=\"Questions by week: 7 in 3 weeks, at most 6 in one\"",
            "Week of 16 Nov 2026: 6 asked, 1 answered, 2 given the nearest passage, 3 not in the posts",
            "aria-label=\"Share answered: 100 % in the last week in which something was asked\"",
            "4 for, 1 against",
            "<td>17 %</td>",
            "<td>–</td>",
            ">16 Nov</text>",
        ] {
            assert!(drawn.contains(part), "{part}\n{drawn}");
        }
        assert_eq!(drawn.matches("<circle").count(), 2, "a week without questions has no share");
        assert_eq!(drawn.matches("<polyline").count(), 0, "and no line leads over it");
        assert!(!drawn.contains("style=") && !drawn.contains("<script") && !drawn.contains("NaN"), "{drawn}");
    }

    #[test]
    fn of_no_weeks_and_of_half_a_year_there_are_charts() {
        assert!(!charts(&[]).into_string().contains("NaN"));
        let first: Date = "2026-01-05".parse().unwrap();
        let weeks: Vec<Week> = (0..26_usize)
            .map(|at| Week {
                monday: first.saturating_add(jiff::Span::new().weeks(at as i64)),
                ..week("2026-01-05", (at, 1, 1), (1, 0))
            })
            .collect();
        let drawn = charts(&weeks).into_string();
        assert_eq!(drawn.matches("<circle").count(), 26);
        assert!(!drawn.contains("width=\"-") && !drawn.contains("height=\"-"), "{drawn}");
    }
}
