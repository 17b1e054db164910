//! Linear models over named features: the names, a number for each, and the weights that are fitted to them.

/// Declares a set of named features (an enum) and the numbers for them (a struct of as many `f32`).
macro_rules! features {
    (
        $(#[$enum_doc:meta])* enum $Feature:ident;
        $(#[$struct_doc:meta])* struct $Features:ident;
        $($(#[$doc:meta])* $Name:ident = $name:literal,)+
    ) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $Feature {
            $($(#[$doc])* $Name,)+
        }

        impl $Feature {
            /// All of them, in their order.
            pub const ALL: &[Self] = &[$(Self::$Name,)+];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// Its name in a file of weights.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Name => $name,)+
                }
            }
        }

        $(#[$struct_doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct $Features(pub [f32; $Feature::COUNT]);

        impl $Features {
            /// The same, but for these.
            #[must_use]
            pub fn with(mut self, values: impl IntoIterator<Item = ($Feature, f32)>) -> Self {
                for (feature, value) in values {
                    self.0[feature as usize] = value;
                }
                self
            }

            /// Sum of the products with these weights.
            pub fn weighed(&self, weights: &Self) -> f32 {
                self.0.iter().zip(&weights.0).map(|(value, weight)| value * weight).sum()
            }
        }

        impl std::ops::Index<$Feature> for $Features {
            type Output = f32;

            fn index(&self, feature: $Feature) -> &f32 {
                &self.0[feature as usize]
            }
        }
    };
}

pub(crate) use features;
