//! The tensors of a safetensors file (<https://github.com/huggingface/safetensors>), as f32.

use std::collections::HashMap;
use std::sync::Arc;

use half::{bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

/// Numbers and the shape that they have. What is cloned shares them.
#[derive(Clone, Debug)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Arc<[f32]>,
}

/// Tensors by name.
pub type Tensors = HashMap<String, Tensor>;

impl Tensor {
    /// Numbers of a shape, the last dimension's side by side.
    ///
    /// # Panics
    /// Where they are not as many as the shape says.
    pub fn new(shape: Vec<usize>, values: impl IntoIterator<Item = f32>) -> Self {
        Self::of(shape, values.into_iter().collect())
    }

    fn of(shape: Vec<usize>, values: Arc<[f32]>) -> Self {
        assert_eq!(values.len(), shape.iter().product::<usize>(), "the numbers of a tensor of {shape:?}");
        Self { shape, values }
    }

    /// What a file holds; none where it holds whole numbers, as of the places of tokens, which are no weights.
    pub fn of_floats(view: &TensorView<'_>) -> Option<Self> {
        let floats = matches!(view.dtype(), Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16);
        floats.then(|| numbers(view)).flatten().map(|values| Self::of(view.shape().to_vec(), values))
    }

    /// How many there are of each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// One row of the last dimension's numbers.
    pub fn row(&self, at: usize) -> Option<&[f32]> {
        let size = self.shape.last()?;
        self.values.get(at * size..(at + 1) * size)
    }

    /// All numbers, the last dimension's side by side.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

/// A file's tensors of floating-point numbers.
///
/// # Errors
/// Where it is no safetensors file.
pub fn read(bytes: &[u8]) -> Result<Tensors, SafeTensorError> {
    let file = SafeTensors::deserialize(bytes)?;
    let floats = |(name, view): (&str, TensorView<'_>)| Some((name.to_owned(), Tensor::of_floats(&view)?));
    Ok(file.iter().filter_map(floats).collect())
}

/// A tensor's numbers; none where they are of a kind that no model here has. Safetensors are little-endian.
pub fn numbers<T: FromIterator<f32>>(view: &TensorView<'_>) -> Option<T> {
    let bytes = view.data();
    Some(match view.dtype() {
        Dtype::I8 => bytes.iter().map(|byte| f32::from(byte.cast_signed())).collect(),
        Dtype::F16 => bytes.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect(),
        Dtype::BF16 => bytes.as_chunks().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()).collect(),
        Dtype::F32 => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F64 => bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers_of(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
        let count = bytes.len() / (dtype.bitsize() / 8);
        numbers(&TensorView::new(dtype, vec![count], bytes).unwrap())
    }

    #[test]
    fn numbers_of_each_width_are_read() {
        let some = [-2.0_f32, 0.0, 0.5, 384.0];
        assert_eq!(numbers_of(Dtype::F32, &some.map(f32::to_le_bytes).concat()).unwrap(), some);
        assert_eq!(numbers_of(Dtype::F64, &some.map(|value| f64::from(value).to_le_bytes()).concat()).unwrap(), some);
        assert_eq!(numbers_of(Dtype::F16, &some.map(|value| f16::from_f32(value).to_le_bytes()).concat()).unwrap(), some);
        assert_eq!(numbers_of(Dtype::BF16, &some.map(|value| bf16::from_f32(value).to_le_bytes()).concat()).unwrap(), some);
        assert_eq!(numbers_of(Dtype::I8, &[0, 127, 128]).unwrap(), [0.0, 127.0, -128.0]);
        assert_eq!(numbers_of(Dtype::I64, &[0; 8]), None);
    }

    #[test]
    fn only_floats_are_weights() {
        assert!(Tensor::of_floats(&TensorView::new(Dtype::I8, vec![2], &[1, 2]).unwrap()).is_none());
        let tensor = Tensor::of_floats(&TensorView::new(Dtype::F32, vec![1, 2], &[0; 8]).unwrap()).unwrap();
        assert_eq!((tensor.shape(), tensor.values()), (&[1, 2][..], &[0.0, 0.0][..]));
        assert_eq!((tensor.row(0), tensor.row(1)), (Some(&[0.0, 0.0][..]), None));
    }
}
