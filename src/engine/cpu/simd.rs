//! Vectors of floats: one type an instruction set, and plain loops compiled for each.

/// Compiles a kernel, with the closures in it, for AVX2 as well, and runs that where the machine can.
macro_rules! wide {
    ($(#[$comment:meta])* pub fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$comment])*
        pub fn $name($($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                #[target_feature(enable = "avx2,fma")]
                fn wide($($argument: $type),*) $body
                // SAFETY: the features have just been detected.
                return unsafe { wide($($argument),*) };
            }
            $body
        }
    };
}
pub(crate) use wide;

/// A register of `LANES` floats, for the inner loops that compilers do not vectorise well.
pub trait Vector<const LANES: usize>: Copy {
    fn splat(x: f32) -> Self;
    fn load(x: &[f32; LANES]) -> Self;
    fn store(self, x: &mut [f32; LANES]);
    /// self · a + b, rounded once where the machine can.
    fn mul_add(self, a: Self, b: Self) -> Self;
}

/// What every machine can do; compilers make SSE2 or NEON of it.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy)]
pub struct Portable([f32; 4]);

#[cfg(not(target_arch = "wasm32"))]
impl Vector<4> for Portable {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; 4])
    }
    #[inline(always)]
    fn load(x: &[f32; 4]) -> Self {
        Self(*x)
    }
    #[inline(always)]
    fn store(self, x: &mut [f32; 4]) {
        *x = self.0;
    }
    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] * a.0[i] + b.0[i]))
    }
}

/// Implements [`Vector`] for a register type by its intrinsics.
///
/// SAFETY of the calls: the pointers come from references to arrays of as many floats, and the instructions exist, since only
/// functions that enable them (or, on wasm, the whole module) use the type.
#[cfg(any(target_arch = "wasm32", target_arch = "x86_64"))]
macro_rules! vector {
    ($name:ident, $lanes:literal, $register:ty, $splat:path, $load:path, $store:path, |$x:ident, $a:ident, $b:ident| $mul_add:expr) => {
        #[derive(Clone, Copy)]
        pub struct $name($register);

        #[allow(unused_unsafe, reason = "some of wasm's intrinsics are safe")]
        impl Vector<$lanes> for $name {
            #[inline(always)]
            fn splat(x: f32) -> Self {
                Self(unsafe { $splat(x) })
            }
            #[inline(always)]
            fn load(x: &[f32; $lanes]) -> Self {
                Self(unsafe { $load(x.as_ptr().cast()) })
            }
            #[inline(always)]
            fn store(self, x: &mut [f32; $lanes]) {
                unsafe { $store(x.as_mut_ptr().cast(), self.0) }
            }
            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                let ($x, $a, $b) = (self.0, a.0, b.0);
                Self(unsafe { $mul_add })
            }
        }
    };
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use super::Vector;
    use std::arch::wasm32::*;
    #[cfg(target_feature = "relaxed-simd")]
    vector!(Simd128, 4, v128, f32x4_splat, v128_load, v128_store, |x, a, b| f32x4_relaxed_madd(x, a, b));
    #[cfg(not(target_feature = "relaxed-simd"))]
    vector!(Simd128, 4, v128, f32x4_splat, v128_load, v128_store, |x, a, b| f32x4_add(f32x4_mul(x, a), b));
}
#[cfg(target_arch = "wasm32")]
pub use wasm::Simd128;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Vector;
    use std::arch::x86_64::*;
    vector!(Avx2, 8, __m256, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, |x, a, b| _mm256_fmadd_ps(x, a, b));
    vector!(Avx512, 16, __m512, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, |x, a, b| _mm512_fmadd_ps(x, a, b));
}
#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

/// Work that is compiled for each instruction set: V the vector, L its lanes, MR × NR the tile of products, NV its vectors a row.
pub(crate) trait Task {
    fn run<V: Vector<L>, const L: usize, const MR: usize, const NV: usize, const NR: usize>(self);
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn dispatch(task: impl Task) {
    task.run::<Simd128, 4, 4, 2, 8>();
}

#[cfg(target_arch = "x86_64")]
pub(crate) fn dispatch(task: impl Task) {
    // SAFETY: the features that each function enables have just been detected.
    if is_x86_feature_detected!("avx512f") {
        unsafe { avx512(task) }
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        unsafe { avx2(task) }
    } else {
        task.run::<Portable, 4, 4, 2, 8>();
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
pub(crate) fn avx512(task: impl Task) {
    task.run::<Avx512, 16, 12, 2, 32>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
pub(crate) fn avx2(task: impl Task) {
    task.run::<Avx2, 8, 6, 2, 16>();
}

#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
pub(crate) fn dispatch(task: impl Task) {
    task.run::<Portable, 4, 4, 4, 16>();
}
