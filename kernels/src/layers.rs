//! What stands between a BERT's matrix products, on plain slices: biases, norms, activations, attention.
//!
//! Sums are written as sums of 32 side by side: one order on every machine, so that results don't depend on the
//! instruction set that was taken.

use pulp::{Arch, NullaryFnOnce};

/// Sums, products and rows that are worked on side by side: two registers of AVX-512.
const LANES: usize = 32;

type Lanes = [f32; LANES];

/// `rows` with a bias on each.
pub fn biased(rows: &[f32], bias: &[f32]) -> Vec<f32> {
    Arch::new().dispatch(Mapped { rows, bias, of: |value: f32| value })
}

/// GELU of `rows` with a bias on each: x Φ(x) (Hendrycks and Gimpel 2016, <https://arxiv.org/abs/1606.08415>).
pub fn biased_gelu(rows: &[f32], bias: &[f32]) -> Vec<f32> {
    Arch::new().dispatch(Mapped { rows, bias, of: gelu })
}

/// What is positive of `rows` with a bias on each.
pub fn biased_relu(rows: &[f32], bias: &[f32]) -> Vec<f32> {
    Arch::new().dispatch(Mapped { rows, bias, of: |value: f32| value.max(0.0) })
}

/// `rows` with a bias on each, and with `others`.
pub fn biased_sum(rows: &[f32], bias: &[f32], others: &[f32]) -> Vec<f32> {
    let mut sum = biased(rows, bias);
    sum.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
    sum
}

/// A function of each number with its bias.
struct Mapped<'a, F> {
    rows: &'a [f32],
    bias: &'a [f32],
    of: F,
}

impl<F: Fn(f32) -> f32> NullaryFnOnce for Mapped<'_, F> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn call(self) -> Vec<f32> {
        let mut mapped = vec![0.0; self.rows.len()];
        for (to, from) in mapped.chunks_exact_mut(self.bias.len()).zip(self.rows.chunks_exact(self.bias.len())) {
            for ((to, from), bias) in to.iter_mut().zip(from).zip(self.bias) {
                *to = (self.of)(from + bias);
            }
        }
        mapped
    }
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    x * 0.5 * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// The error function to 1e-6: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 7.1.28.
#[inline(always)]
fn erf(x: f32) -> f32 {
    // Beyond this it is 1 to the last digit, and the power below would overflow.
    let z = x.abs().min(4.0);
    let sum = polynomial(z, [1.0, 0.070_523_08, 0.042_282_01, 0.009_270_527, 1.520_143e-4, 2.765_672e-4, 4.306_38e-5]);
    let fourth = (sum * sum) * (sum * sum);
    let sixteenth = (fourth * fourth) * (fourth * fourth);
    (1.0 - 1.0 / sixteenth).copysign(x)
}

/// The factors of the powers of `x`, from its power 0 on.
#[inline(always)]
fn polynomial(x: f32, factors: [f32; 7]) -> f32 {
    factors.into_iter().rev().fold(0.0, |sum, factor| sum * x + factor)
}

/// Layer normalisation of each row (Ba et al. 2016, <https://arxiv.org/abs/1607.06450>).
pub fn normalise(rows: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    Arch::new().dispatch(Normalise { rows, weight, bias, epsilon });
}

struct Normalise<'a> {
    rows: &'a mut [f32],
    weight: &'a [f32],
    bias: &'a [f32],
    epsilon: f32,
}

impl NullaryFnOnce for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let count = self.weight.len() as f32;
        for row in self.rows.chunks_exact_mut(self.weight.len()) {
            let mean = summed(row, |value| value) / count;
            let variance = summed(row, |value| (value - mean) * (value - mean)) / count;
            let scale = 1.0 / (variance + self.epsilon).sqrt();
            for ((value, weight), bias) in row.iter_mut().zip(self.weight).zip(self.bias) {
                *value = (*value - mean) * scale * weight + bias;
            }
        }
    }
}

#[inline(always)]
fn summed(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += of(*value);
        }
    }
    rest.iter().map(|value| of(*value)).sum::<f32>() + sums.iter().sum::<f32>()
}

/// Scaled dot-product attention of each text to itself (Vaswani et al. 2017, <https://arxiv.org/abs/1706.03762>). `rows` hold
/// query, key and value of each token, `size` numbers each; `lengths` the texts' tokens. A row of `size` for each token.
pub fn attention(rows: &[f32], lengths: &[usize], heads: usize, size: usize) -> Vec<f32> {
    Arch::new().dispatch(Attention { rows, lengths, heads, size })
}

struct Attention<'a> {
    rows: &'a [f32],
    lengths: &'a [usize],
    heads: usize,
    size: usize,
}

impl NullaryFnOnce for Attention<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn call(self) -> Vec<f32> {
        let Self { rows, lengths, heads, size } = self;
        let mut attended = vec![0.0; rows.len() / 3];
        let mut from = 0;
        for &length in lengths {
            let text = &rows[from * 3 * size..(from + length) * 3 * size];
            let to = &mut attended[from * size..(from + length) * size];
            for head in 0..heads {
                Head::of(text, head * (size / heads), size / heads, size).attend(to);
            }
            from += length;
        }
        attended
    }
}

/// One head's part of a text.
struct Head<'a> {
    rows: &'a [f32],
    /// Where the head's numbers begin in a query, key or value.
    from: usize,
    /// How many they are.
    width: usize,
    /// Numbers in a query, key or value.
    size: usize,
    /// [`LANES`] keys side by side, one chunk of them after the other: first numbers, second numbers, …
    keys: Vec<Lanes>,
    /// [`LANES`] numbers of the values, one chunk of them after the other: of the first token, of the second, …
    values: Vec<Lanes>,
}

impl<'a> Head<'a> {
    #[inline(always)]
    fn of(rows: &'a [f32], from: usize, width: usize, size: usize) -> Self {
        let length = rows.len() / (3 * size);
        let mut keys = vec![[0.0; LANES]; length.div_ceil(LANES) * width];
        let mut values = vec![[0.0; LANES]; width.div_ceil(LANES) * length];
        for (token, row) in rows.chunks_exact(3 * size).enumerate() {
            for (at, key) in row[size + from..][..width].iter().enumerate() {
                keys[token / LANES * width + at][token % LANES] = *key;
            }
            for (chunk, value) in row[2 * size + from..][..width].chunks(LANES).enumerate() {
                values[chunk * length + token][..value.len()].copy_from_slice(value);
            }
        }
        Self { rows, from, width, size, keys, values }
    }

    #[inline(always)]
    fn attend(&self, to: &mut [f32]) {
        let length = self.rows.len() / (3 * self.size);
        let scale = 1.0 / (self.width as f32).sqrt();
        let mut weights = vec![[0.0; LANES]; length.div_ceil(LANES)];
        for (row, to) in self.rows.chunks_exact(3 * self.size).zip(to.chunks_exact_mut(self.size)) {
            let query = &row[self.from..][..self.width];
            for (weights, keys) in weights.iter_mut().zip(self.keys.chunks_exact(self.width)) {
                *weights = combined(query, keys).map(|product| product * scale);
            }
            let weights = &mut weights.as_flattened_mut()[..length];
            softmax(weights);
            for (to, values) in to[self.from..][..self.width].chunks_mut(LANES).zip(self.values.chunks_exact(length)) {
                to.copy_from_slice(&combined(weights, values)[..to.len()]);
            }
        }
    }
}

/// The sum of `rows`, each times its factor.
#[inline(always)]
fn combined(factors: &[f32], rows: &[Lanes]) -> Lanes {
    let mut sums = [0.0; LANES];
    for (factor, row) in factors.iter().zip(rows) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += factor * value;
        }
    }
    sums
}

/// Makes shares of one whole of logarithms.
#[inline(always)]
fn softmax(values: &mut [f32]) {
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    values.iter_mut().for_each(|value| *value = exp(*value - most));
    let scale = 1.0 / summed(values, |value| value);
    values.iter_mut().for_each(|value| *value *= scale);
}

/// e to a power of at most 0, to 1e-6 of it: two to the whole part, and the Taylor series of the rest, which is at most half a
/// power of two.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Below this it is smaller than anything that counts beside 1, and the exponent would leave its bits.
    let x = x.max(-80.0);
    // Adding 1.5 × 2^23 rounds to a whole number and leaves it in the last bits.
    let shifted = x * std::f32::consts::LOG2_E + ROUNDER;
    let whole = shifted - ROUNDER;
    // ln 2 in two parts, the first exact in products with such whole numbers.
    let rest = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    let series = polynomial(rest, [1.0, 1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0]);
    series * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}

/// 1.5 × 2^23: see [`exp`].
const ROUNDER: f32 = 12_582_912.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_agree_with_their_definitions() {
        // 20-digit values of erf: Abramowitz and Stegun, table 7.1.
        for (x, right) in
            [(0.0, 0.0), (0.1, 0.112_462_92), (0.5, 0.520_499_9), (1.0, 0.842_700_8), (2.0, 0.995_322_3), (9.0, 1.0)]
        {
            assert!((erf(x) - right).abs() < 2e-6 && (erf(-x) + right).abs() < 2e-6, "erf {x}: {}", erf(x));
        }
        for step in 0..8_000 {
            let x = -step as f32 / 100.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 2e-6, "e to {x}: {} {}", exp(x), x.exp());
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e9) < 1e-30);
    }

    #[test]
    fn softmax_makes_shares() {
        let mut values: Vec<f32> = (0..75).map(|at| (at * 37 % 75) as f32 / 10.0).collect();
        let powers: Vec<f64> = values.iter().map(|value| f64::from(*value).exp()).collect();
        let all: f64 = powers.iter().sum();
        softmax(&mut values);
        for (value, power) in values.iter().zip(&powers) {
            assert!((f64::from(*value) - power / all).abs() < 1e-7);
        }
    }

    #[test]
    fn attention_agrees_with_its_definition() {
        const SIZE: usize = 80;
        const HEADS: usize = 2;
        let lengths = [3, 40, 1];
        let tokens: usize = lengths.iter().sum();
        let rows: Vec<f32> = (0..tokens * 3 * SIZE).map(|at| ((at * 7919 % 1009) as f32 / 1009.0 - 0.5) * 3.0).collect();
        let attended = attention(&rows, &lengths, HEADS, SIZE);
        let width = SIZE / HEADS;
        let part =
            |token: usize, of: usize, head: usize, at: usize| f64::from(rows[token * 3 * SIZE + of * SIZE + head * width + at]);
        let mut from = 0;
        for length in lengths {
            for (token, head) in (from..from + length).flat_map(|token| (0..HEADS).map(move |head| (token, head))) {
                let dot = |other: usize| (0..width).map(|at| part(token, 0, head, at) * part(other, 1, head, at)).sum::<f64>();
                let weights: Vec<f64> = (from..from + length).map(|other| (dot(other) / (width as f64).sqrt()).exp()).collect();
                for at in 0..width {
                    let sum: f64 = weights.iter().zip(from..).map(|(weight, other)| weight * part(other, 2, head, at)).sum();
                    let right = sum / weights.iter().sum::<f64>();
                    let found = f64::from(attended[token * SIZE + head * width + at]);
                    assert!((found - right).abs() < 1e-5, "{token} {head} {at}: {found} {right}");
                }
            }
            from += length;
        }
    }
}
