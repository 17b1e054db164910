//! How English names times and numbers.

/// The months, as posts and questions name them.
pub(crate) const MONTHS: &[&str] =
    &["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// Words that tell a time of a year, beside its months.
pub(crate) const DATE_WORDS: &[&str] = &["quarter", "month", "year", "today", "spring", "summer", "autumn", "fall", "winter"];

/// Stems of what a span of time is counted in.
pub(crate) const TIME_UNITS: &[&str] = &["second", "minut", "hour", "day", "week", "month", "year", "ms", "millisecond"];

/// Words that tell how often something is.
pub(crate) const FREQUENCIES: &[&str] = &["hourly", "daily", "weekly", "biweekly", "monthly", "quarterly", "yearly", "annually"];

/// Numbers in words; `one` is mostly a pronoun.
pub(crate) const NUMBERS: &[&str] = &[
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "hundred",
    "hundreds",
    "thousand",
    "thousands",
    "million",
    "dozen",
    "half",
    "once",
    "twice",
];

/// A month in short, before a year or a day.
pub(crate) const SHORT_MONTH: &str = r"(?i)\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.? (\d{4}|\d{1,2}\b)";

/// A year that is told from today.
pub(crate) const YEAR_FROM_TODAY: &str = r"(?i)\b(last|this) year\b";

/// A weekday before a date.
pub(crate) const WEEKDAY: &str = r"(?i)^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+";
