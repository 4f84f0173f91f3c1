;; Copies one JSON text and leaves out what stands in its strings beyond their first characters. `outline.ts` says what for.
(module
  ;; The text stands at 0, its outline is written at `$out`; some bytes behind both may be read.
  (memory (export "memory") 129)

  (func $isHex (param $byte i32) (result i32)
    (i32.or
      (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10))
      (i32.lt_u (i32.sub (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x61)) (i32.const 6))))

  ;; May stand behind a backslash: " / \ b f n r t
  (func $isEscaped (param $byte i32) (result i32)
    (i32.or
      (i32.or
        (i32.or (i32.eq (local.get $byte) (i32.const 0x22)) (i32.eq (local.get $byte) (i32.const 0x2f)))
        (i32.or (i32.eq (local.get $byte) (i32.const 0x5c)) (i32.eq (local.get $byte) (i32.const 0x62))))
      (i32.or
        (i32.or (i32.eq (local.get $byte) (i32.const 0x66)) (i32.eq (local.get $byte) (i32.const 0x6e)))
        (i32.or (i32.eq (local.get $byte) (i32.const 0x72)) (i32.eq (local.get $byte) (i32.const 0x74))))))

  ;; The length of the outline; -1 where a string does not end or holds what no JSON string may hold.
  (func (export "outline") (param $end i32) (param $kept i32) (param $out i32) (result i32)
    (local $i i32)     ;; how far the text is read
    (local $from i32)  ;; how far it is copied
    (local $to i32)    ;; how far the outline is written
    (local $limit i32) ;; where the kept characters of this string end
    (local $cut i32)   ;; the same, once it is known to be longer; else 0
    (local $block v128)
    (local $hits i32)  ;; one bit for each of 16 bytes
    (local $byte i32)
    (local.set $to (local.get $out))
    (block $done
      (loop $outside
        (br_if $done (i32.ge_u (local.get $i) (local.get $end)))
        (local.set $hits (i8x16.bitmask (i8x16.eq (v128.load (local.get $i)) (i8x16.splat (i32.const 0x22)))))
        (if (i32.eqz (local.get $hits)) (then
          (local.set $i (i32.add (local.get $i) (i32.const 16)))
          (br $outside)))
        (local.set $i (i32.add (i32.add (local.get $i) (i32.ctz (local.get $hits))) (i32.const 1)))
        (br_if $done (i32.gt_u (local.get $i) (local.get $end)))
        (local.set $limit (i32.add (local.get $i) (local.get $kept)))
        (local.set $cut (i32.const 0))
        (loop $inside
          (if (i32.ge_u (local.get $i) (local.get $end)) (then (return (i32.const -1))))
          ;; A quote, a backslash or a control character.
          (local.set $block (v128.load (local.get $i)))
          (local.set $hits (i8x16.bitmask (v128.or
            (v128.or
              (i8x16.eq (local.get $block) (i8x16.splat (i32.const 0x22)))
              (i8x16.eq (local.get $block) (i8x16.splat (i32.const 0x5c))))
            (i8x16.lt_u (local.get $block) (i8x16.splat (i32.const 0x20))))))
          (if (i32.eqz (local.get $hits)) (then
            (local.set $i (i32.add (local.get $i) (i32.const 16)))
            (br $inside)))
          (local.set $i (i32.add (local.get $i) (i32.ctz (local.get $hits))))
          (if (i32.ge_u (local.get $i) (local.get $end)) (then (return (i32.const -1))))
          (local.set $byte (i32.load8_u (local.get $i)))
          ;; The closing quote is no character of the string.
          (if (i32.and
                (i32.eqz (local.get $cut))
                (i32.gt_u (i32.add (local.get $i) (i32.ne (local.get $byte) (i32.const 0x22))) (local.get $limit)))
            (then (local.set $cut (local.get $limit))))
          (if (i32.eq (local.get $byte) (i32.const 0x22)) (then
            (if (local.get $cut) (then
              (memory.copy (local.get $to) (local.get $from) (i32.sub (local.get $cut) (local.get $from)))
              (local.set $to (i32.add (local.get $to) (i32.sub (local.get $cut) (local.get $from))))
              (local.set $from (local.get $i))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $outside)))
          (if (i32.ne (local.get $byte) (i32.const 0x5c)) (then (return (i32.const -1))))
          (local.set $byte (i32.load8_u offset=1 (local.get $i)))
          ;; \u and four digits, or two bytes: one character either way.
          (if (i32.eq (local.get $byte) (i32.const 0x75))
            (then
              (if (i32.eqz (i32.and
                    (i32.and (call $isHex (i32.load8_u offset=2 (local.get $i))) (call $isHex (i32.load8_u offset=3 (local.get $i))))
                    (i32.and (call $isHex (i32.load8_u offset=4 (local.get $i))) (call $isHex (i32.load8_u offset=5 (local.get $i))))))
                (then (return (i32.const -1))))
              (local.set $i (i32.add (local.get $i) (i32.const 6)))
              (local.set $limit (i32.add (local.get $limit) (i32.const 5))))
            (else
              (if (i32.eqz (call $isEscaped (local.get $byte))) (then (return (i32.const -1))))
              (local.set $i (i32.add (local.get $i) (i32.const 2)))
              (local.set $limit (i32.add (local.get $limit) (i32.const 1)))))
          (br $inside))))
    (memory.copy (local.get $to) (local.get $from) (i32.sub (local.get $end) (local.get $from)))
    (i32.sub (i32.add (local.get $to) (i32.sub (local.get $end) (local.get $from))) (local.get $out))))
