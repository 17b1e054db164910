//! Vectors of length 1 as whole numbers of 16 bits: half the memory of floating point, and products that are summed exactly.

use pulp::{Arch, NullaryFnOnce};

/// A number from -1 to 1, times 32,767.
pub type Fixed = i16;

/// What 1 is: the products of two vectors of length 1 then add up to less than an `i32` holds.
const ONE: f32 = 32_767.0;

/// A vector of length 1, rounded: each number by at most 1/65,534, and cosines by less than 1e-4.
pub fn rounded(vector: &[f32]) -> impl Iterator<Item = Fixed> {
    vector.iter().map(|value| (value * ONE).round() as Fixed)
}

/// The cosines of vectors, one after the other, with another one of `question`'s size.
pub fn cosines(vectors: &[Fixed], question: &[Fixed]) -> Vec<f32> {
    Arch::new().dispatch(Cosines { vectors, question })
}

struct Cosines<'a> {
    vectors: &'a [Fixed],
    question: &'a [Fixed],
}

impl NullaryFnOnce for Cosines<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn call(self) -> Vec<f32> {
        let cosine = |vector: &[Fixed]| {
            // The compiler makes vector instructions of it: whole numbers may be summed in any order.
            let products = vector.iter().zip(self.question).map(|(a, b)| i32::from(*a) * i32::from(*b));
            products.sum::<i32>() as f32 / (ONE * ONE)
        };
        self.vectors.chunks_exact(self.question.len().max(1)).map(cosine).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_of_rounded_vectors_are_those_of_the_vectors() {
        let vector = |seed: usize| {
            let values: Vec<f32> = (0..384).map(|at| (at * seed % 389) as f32 / 389.0 - 0.3).collect();
            let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
            values.into_iter().map(|value| value / length).collect::<Vec<_>>()
        };
        let one_number = |at: usize| (0..384).map(|other| if other == at { -1.0 } else { 0.0 }).collect();
        let all = [vector(7), vector(11), vector(101), one_number(3), one_number(4)];
        let vectors: Vec<Fixed> = all.iter().flat_map(|vector| rounded(vector)).collect();
        for question in &all {
            let found = cosines(&vectors, &rounded(question).collect::<Vec<_>>());
            for (other, found) in all.iter().zip(found) {
                let right: f32 = other.iter().zip(question).map(|(a, b)| a * b).sum();
                assert!((found - right).abs() < 1e-4, "{found} {right}");
            }
        }
    }
}
