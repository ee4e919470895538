import CKernels

/// How weights are packed: for whom, and in which layout.
struct Packing {
  let kernels: hush_kernels
  let layout: hush_layout
}
