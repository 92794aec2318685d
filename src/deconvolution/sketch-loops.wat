;; The two inner loops of a sketch (sparse-gradients.ts), two pixels or frequencies at a time. All is computed in double precision and stored in
;; single precision, in the order in which JavaScript would: the results are the same numbers. A pair is loaded in the same words everywhere: a function
;; would be called, not inlined.
;; `npm run build:wasm` makes sketch-loops-wasm.ts of this file.
(module
  (memory (export "memory") 1)

  ;; Adjoint of the differences to the right and below, of those whose squares together are at least `least`, of a periodic block [size, size].
  ;; `above`: room for a row. Pointers are bytes; `size` is even.
  (func (export "divergenceOfSteps") (param $block i32) (param $out i32) (param $above i32) (param $size i32) (param $least f64)
    (local $bytes i32) (local $y i32) (local $x i32) (local $row i32) (local $below i32) (local $to i32)
    (local $first v128) (local $value v128) (local $right v128) (local $down v128) (local $left v128) (local $kept v128) (local $limit v128)
    (local.set $bytes (i32.shl (local.get $size) (i32.const 2)))
    (local.set $limit (f64x2.splat (local.get $least)))
    ;; The last row goes first, for what comes down from it; what it gives itself is wrong then, and written once more in its turn.
    (local.set $y (i32.const -1))
    (loop $rows
      (local.set $row (i32.add (local.get $block) (i32.mul (local.get $bytes)
        (select (i32.sub (local.get $size) (i32.const 1)) (local.get $y) (i32.lt_s (local.get $y) (i32.const 0))))))
      (local.set $below (i32.add (local.get $block) (i32.mul (local.get $bytes)
        (select (i32.const 0) (i32.add (local.get $y) (i32.const 1)) (i32.eq (i32.add (local.get $y) (i32.const 1)) (local.get $size))))))
      (local.set $to (i32.add (local.get $out) (i32.sub (local.get $row) (local.get $block))))
      (local.set $first (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $row))))
      ;; The row's last pixel is the first one's neighbour.
      (local.set $x (i32.sub (local.get $bytes) (i32.const 8)))
      (local.set $value (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $row) (local.get $x)))))
      (local.set $right (f64x2.sub
        (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $value) (local.get $first))
        (local.get $value)))
      (local.set $down (f64x2.sub (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $below) (local.get $x)))) (local.get $value)))
      (local.set $left (v128.and (local.get $right) (f64x2.ge
        (f64x2.add (f64x2.mul (local.get $right) (local.get $right)) (f64x2.mul (local.get $down) (local.get $down)))
        (local.get $limit))))
      (local.set $x (i32.const 0))
      (loop $pairs
        (local.set $value (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $row) (local.get $x)))))
        (local.set $right (f64x2.sub
          (if (result v128) (i32.lt_u (i32.add (local.get $x) (i32.const 8)) (local.get $bytes))
            (then (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (i32.add (local.get $row) (local.get $x)) (i32.const 4)))))
            (else (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $value) (local.get $first))))
          (local.get $value)))
        (local.set $down (f64x2.sub (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $below) (local.get $x)))) (local.get $value)))
        (local.set $kept (f64x2.ge
          (f64x2.add (f64x2.mul (local.get $right) (local.get $right)) (f64x2.mul (local.get $down) (local.get $down)))
          (local.get $limit)))
        (local.set $right (v128.and (local.get $right) (local.get $kept)))
        (local.set $down (v128.and (local.get $down) (local.get $kept)))
        ;; left + above - right - down
        (v128.store64_lane 0 (i32.add (local.get $to) (local.get $x)) (f32x4.demote_f64x2_zero
          (f64x2.sub (f64x2.sub
            (f64x2.add
              (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $left) (local.get $right))
              (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $above) (local.get $x)))))
            (local.get $right)) (local.get $down))))
        (v128.store64_lane 0 (i32.add (local.get $above) (local.get $x)) (f32x4.demote_f64x2_zero (local.get $down)))
        (local.set $left (local.get $right))
        (br_if $pairs (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 8))) (local.get $bytes))))
      (br_if $rows (i32.lt_s (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $size)))))

  ;; spectrum = (matched + beta * spectrum) / (scale * (power + beta * powers)), of `count` complex numbers, an even number of them.
  (func (export "solveForSketch") (param $spectrum i32) (param $matched i32) (param $power i32) (param $powers i32) (param $count i32)
      (param $beta f64) (param $scale f64)
    (local $betas v128) (local $scales v128) (local $one v128) (local $factor v128) (local $s v128) (local $m v128) (local $end i32)
    (local.set $betas (f64x2.splat (local.get $beta)))
    (local.set $scales (f64x2.splat (local.get $scale)))
    (local.set $one (f64x2.splat (f64.const 1)))
    (local.set $end (i32.add (local.get $spectrum) (i32.shl (local.get $count) (i32.const 3))))
    (loop $two
      (local.set $factor (f64x2.div (local.get $one) (f64x2.mul (local.get $scales)
        (f64x2.add (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $power))) (f64x2.mul (local.get $betas) (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $powers))))))))
      (local.set $s (v128.load (local.get $spectrum)))
      (local.set $m (v128.load (local.get $matched)))
      (v128.store (local.get $spectrum)
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
          (f32x4.demote_f64x2_zero (f64x2.mul
            (i8x16.shuffle 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7 (local.get $factor) (local.get $factor))
            (f64x2.add (f64x2.promote_low_f32x4 (local.get $m))
              (f64x2.mul (local.get $betas) (f64x2.promote_low_f32x4 (local.get $s))))))
          (f32x4.demote_f64x2_zero (f64x2.mul
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $factor) (local.get $factor))
            (f64x2.add
              (f64x2.promote_low_f32x4 (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $m) (local.get $m)))
              (f64x2.mul (local.get $betas)
                (f64x2.promote_low_f32x4 (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $s) (local.get $s)))))))))
      (local.set $matched (i32.add (local.get $matched) (i32.const 16)))
      (local.set $power (i32.add (local.get $power) (i32.const 8)))
      (local.set $powers (i32.add (local.get $powers) (i32.const 8)))
      (br_if $two (i32.lt_u (local.tee $spectrum (i32.add (local.get $spectrum) (i32.const 16))) (local.get $end))))))
