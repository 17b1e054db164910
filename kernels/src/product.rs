//! Products of rows with a layer's weights.
//!
//! A question has a dozen rows. A library's product of two matrices rearranges the weights each time, which takes longer than so
//! few rows take to multiply: gemm 0.19 needed 15 ms for the products of a question of twelve tokens in a MiniLM, this 6 ms, and
//! for 256 tokens 81 ms and 74 ms (one core of an AMD EPYC with AVX2). Here weights are arranged once, when they are loaded.

use pulp::{Arch, Simd, WithSimd};

/// Outputs that are worked on side by side: two registers of AVX2, one of AVX-512.
const OUTPUTS: usize = 16;
/// Rows that are worked on side by side: with their outputs, they fill twelve of AVX2's sixteen registers.
const ROWS: usize = 6;

/// A layer's weights, inputs to outputs.
#[derive(Clone)]
pub struct Weights {
    /// For [`OUTPUTS`] outputs, their weights of the first input, of the second, …; then for the next outputs.
    panels: Vec<[f32; OUTPUTS]>,
    inputs: usize,
    outputs: usize,
}

impl Weights {
    /// From the weights of each output, `inputs` numbers for each: as PyTorch's `Linear` has them
    /// (<https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html>). What is no whole output is left out.
    pub fn of(weights: &[f32], inputs: usize) -> Self {
        let inputs = inputs.max(1);
        let outputs = weights.len() / inputs;
        let mut panels = vec![[0.0; OUTPUTS]; outputs.div_ceil(OUTPUTS) * inputs];
        for (output, weights) in weights.chunks_exact(inputs).enumerate() {
            let panel = &mut panels[output / OUTPUTS * inputs..][..inputs];
            for (weight, of_input) in weights.iter().zip(panel) {
                of_input[output % OUTPUTS] = *weight;
            }
        }
        Self { panels, inputs, outputs }
    }

    /// Numbers in a row that goes in.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Numbers in a row that comes out.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The product of rows of [`Self::inputs`] numbers: as many rows of [`Self::outputs`]. A row's product doesn't depend on
    /// the other rows, nor on the processor where that has fused multiply-add.
    pub fn times(&self, rows: &[f32]) -> Vec<f32> {
        Arch::new().dispatch(Times { rows, weights: self })
    }
}

struct Times<'a> {
    rows: &'a [f32],
    weights: &'a Weights,
}

impl WithSimd for Times<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
        let Weights { panels, inputs, outputs } = self.weights;
        let blocks = in_blocks(self.rows, *inputs);
        let count = self.rows.len() / inputs;
        let mut product = vec![0.0; count * outputs];
        for (from, panel) in (0..*outputs).step_by(OUTPUTS).zip(panels.chunks_exact(*inputs)) {
            for (at, block) in (0..count).step_by(ROWS).zip(blocks.chunks_exact(*inputs)) {
                let sums = if S::IS_SCALAR { summed::<false>(block, panel) } else { summed::<true>(block, panel) };
                for (row, sums) in product[at * outputs..].chunks_exact_mut(*outputs).zip(&sums) {
                    let row = &mut row[from..];
                    let some = row.len().min(OUTPUTS);
                    row[..some].copy_from_slice(&sums[..some]);
                }
            }
        }
        product
    }
}

/// [`ROWS`] rows side by side: their first numbers, their second numbers, …; the last block is filled up with zeros.
#[inline(always)]
fn in_blocks(rows: &[f32], inputs: usize) -> Vec<[f32; ROWS]> {
    let mut blocks = vec![[0.0; ROWS]; (rows.len() / inputs).div_ceil(ROWS) * inputs];
    for (at, row) in rows.chunks_exact(inputs).enumerate() {
        for (value, side_by_side) in row.iter().zip(&mut blocks[at / ROWS * inputs..][..inputs]) {
            side_by_side[at % ROWS] = *value;
        }
    }
    blocks
}

/// `FUSED` where the processor has fused multiply-add: in software, it takes a hundred times as long.
#[inline(always)]
fn summed<const FUSED: bool>(block: &[[f32; ROWS]], panel: &[[f32; OUTPUTS]]) -> [[f32; OUTPUTS]; ROWS] {
    let mut sums = [[0.0_f32; OUTPUTS]; ROWS];
    for (values, weights) in block.iter().zip(panel) {
        // By places rather than iterators: so the compiler keeps the sums in registers.
        for row in 0..ROWS {
            for output in 0..OUTPUTS {
                let (value, weight, sum) = (values[row], weights[output], sums[row][output]);
                sums[row][output] = if FUSED { value.mul_add(weight, sum) } else { value * weight + sum };
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(count: usize, factor: usize) -> Vec<f32> {
        (0..count).map(|at| (at * factor % 1_009) as f32 / 1_009.0 - 0.5).collect()
    }

    #[test]
    fn products_agree_with_their_definition() {
        for (count, inputs, outputs) in [(1, 1, 1), (5, 7, 16), (6, 40, 33), (13, 384, 50), (0, 3, 2), (2, 3, 0)] {
            let (rows, weights) = (some(count * inputs, 31), some(inputs * outputs, 7_919));
            let product = Weights::of(&weights, inputs).times(&rows);
            assert_eq!(product.len(), count * outputs);
            for (at, found) in product.iter().enumerate() {
                let (row, output) = (&rows[at / outputs * inputs..], &weights[at % outputs * inputs..]);
                let right: f64 = row.iter().zip(&output[..inputs]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                assert!((f64::from(*found) - right).abs() < 1e-5, "{count} {inputs} {outputs} {at}: {found} {right}");
            }
        }
    }

    #[test]
    fn a_row_gives_the_same_whatever_stands_beside_it() {
        let weights = Weights::of(&some(96 * 70, 7_919), 96);
        let rows = some(96 * 20, 31);
        let together = weights.times(&rows);
        let alone: Vec<f32> = rows.chunks(96).flat_map(|row| weights.times(row)).collect();
        assert_eq!(together, alone);
    }
}
