;; Checks that bytes are one JSON text and notes where its values stand. `lazy-json.ts` says what for.
(module
  (memory (export "memory") 1)

  (global $end (mut i32) (i32.const 0))   ;; where the text ends; some bytes behind it may be read
  (global $kept (mut i32) (i32.const 0))  ;; characters that are kept of a string

  ;; Of the string that was read last:
  (global $cut (mut i32) (i32.const 0))       ;; where its kept characters end
  (global $hasEscape (mut i32) (i32.const 0))
  (global $keyAt (mut i32) (i32.const 0))     ;; of the last one that was a key
  (global $keySize (mut i32) (i32.const 0))
  (global $keyTag (mut i32) (i32.const 0))    ;; its size, first and last byte; -1 where it has an escape; 0: there is no key

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

  ;; The byte at a place; 0, which no JSON has outside of strings, at the end.
  (func $byteAt (param $i i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $i) (global.get $end))
      (then (i32.load8_u (local.get $i)))
      (else (i32.const 0))))

  ;; The place behind blanks.
  (func $blanks (param $i i32) (result i32)
    (local $byte i32)
    (loop $next
      (local.set $byte (call $byteAt (local.get $i)))
      (if (i32.or
            (i32.or (i32.eq (local.get $byte) (i32.const 0x20)) (i32.eq (local.get $byte) (i32.const 0x0a)))
            (i32.or (i32.eq (local.get $byte) (i32.const 0x0d)) (i32.eq (local.get $byte) (i32.const 0x09))))
        (then
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next))))
    (local.get $i))

  ;; From behind the opening quote to behind the closing one; 0: it does not end, or holds what no JSON string may hold.
  (func $string (param $i i32) (result i32)
    (local $limit i32) ;; where the kept characters end
    (local $block v128)
    (local $hits i32)  ;; one bit for each of 16 bytes
    (local $byte i32)
    (local.set $limit (i32.add (local.get $i) (global.get $kept)))
    (global.set $cut (i32.const 0))
    (global.set $hasEscape (i32.const 0))
    (loop $next
      (if (i32.ge_u (local.get $i) (global.get $end)) (then (return (i32.const 0))))
      ;; A quote, a backslash or a control character.
      (local.set $block (v128.load (local.get $i)))
      (local.set $hits (i8x16.bitmask (v128.or
        (v128.or
          (i8x16.eq (local.get $block) (i8x16.splat (i32.const 0x22)))
          (i8x16.eq (local.get $block) (i8x16.splat (i32.const 0x5c))))
        (i8x16.lt_u (local.get $block) (i8x16.splat (i32.const 0x20))))))
      (if (i32.eqz (local.get $hits)) (then
        (local.set $i (i32.add (local.get $i) (i32.const 16)))
        (br $next)))
      (local.set $i (i32.add (local.get $i) (i32.ctz (local.get $hits))))
      (if (i32.ge_u (local.get $i) (global.get $end)) (then (return (i32.const 0))))
      (local.set $byte (i32.load8_u (local.get $i)))
      ;; The closing quote is no character of the string.
      (if (i32.and
            (i32.eqz (global.get $cut))
            (i32.gt_u (i32.add (local.get $i) (i32.ne (local.get $byte) (i32.const 0x22))) (local.get $limit)))
        (then (global.set $cut (local.get $limit))))
      (if (i32.eq (local.get $byte) (i32.const 0x22)) (then
        (if (i32.eqz (global.get $cut)) (then (global.set $cut (local.get $i))))
        (return (i32.add (local.get $i) (i32.const 1)))))
      (if (i32.ne (local.get $byte) (i32.const 0x5c)) (then (return (i32.const 0))))
      (global.set $hasEscape (i32.const 1))
      ;; \u and four digits, or two bytes: one character either way.
      (local.set $byte (i32.load8_u offset=1 (local.get $i)))
      (if (i32.eq (local.get $byte) (i32.const 0x75))
        (then
          (if (i32.eqz (i32.and
                (i32.and (call $isHex (i32.load8_u offset=2 (local.get $i))) (call $isHex (i32.load8_u offset=3 (local.get $i))))
                (i32.and (call $isHex (i32.load8_u offset=4 (local.get $i))) (call $isHex (i32.load8_u offset=5 (local.get $i))))))
            (then (return (i32.const 0))))
          (local.set $i (i32.add (local.get $i) (i32.const 6)))
          (local.set $limit (i32.add (local.get $limit) (i32.const 5))))
        (else
          (if (i32.eqz (call $isEscaped (local.get $byte))) (then (return (i32.const 0))))
          (local.set $i (i32.add (local.get $i) (i32.const 2)))
          (local.set $limit (i32.add (local.get $limit) (i32.const 1)))))
      (br $next))
    (unreachable))

  ;; A key and its colon: to behind the colon, 0 where there is none.
  (func $key (param $i i32) (result i32)
    (if (i32.le_u (i32.load8_u (local.get $i)) (i32.const 0x20)) (then (local.set $i (call $blanks (local.get $i)))))
    (if (i32.ne (select (i32.load8_u (local.get $i)) (i32.const 0) (i32.lt_u (local.get $i) (global.get $end))) (i32.const 0x22)) (then (return (i32.const 0))))
    (global.set $keyAt (i32.add (local.get $i) (i32.const 1)))
    (local.set $i (call $string (global.get $keyAt)))
    (if (i32.eqz (local.get $i)) (then (return (i32.const 0))))
    (global.set $keySize (i32.sub (global.get $cut) (global.get $keyAt)))
    ;; Nearly all keys that differ differ in this; the first and last byte of an empty one are its quotes.
    (global.set $keyTag (i32.or
      (i32.or (i32.shl (global.get $keySize) (i32.const 16)) (i32.shl (i32.load8_u (global.get $keyAt)) (i32.const 8)))
      (i32.load8_u (i32.sub (global.get $cut) (i32.const 1)))))
    (if (global.get $hasEscape) (then (global.set $keyTag (i32.const -1))))
    (if (i32.le_u (i32.load8_u (local.get $i)) (i32.const 0x20)) (then (local.set $i (call $blanks (local.get $i)))))
    (if (i32.ne (select (i32.load8_u (local.get $i)) (i32.const 0) (i32.lt_u (local.get $i) (global.get $end))) (i32.const 0x3a)) (then (return (i32.const 0))))
    (i32.add (local.get $i) (i32.const 1)))

  ;; To behind one or more digits; 0 where there is none.
  (func $digits (param $i i32) (result i32)
    (local $from i32)
    (local.set $from (local.get $i))
    (loop $next
      (if (i32.lt_u (i32.sub (call $byteAt (local.get $i)) (i32.const 0x30)) (i32.const 10)) (then
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))
    (if (result i32) (i32.eq (local.get $i) (local.get $from)) (then (i32.const 0)) (else (local.get $i))))

  ;; To behind a number: -12.5e+3. 0: it is none.
  (func $number (param $i i32) (result i32)
    (local $byte i32)
    (if (i32.eq (call $byteAt (local.get $i)) (i32.const 0x2d)) (then (local.set $i (i32.add (local.get $i) (i32.const 1)))))
    ;; No digit follows a leading zero.
    (if (i32.eq (call $byteAt (local.get $i)) (i32.const 0x30))
      (then (local.set $i (i32.add (local.get $i) (i32.const 1))))
      (else (local.set $i (call $digits (local.get $i)))))
    (if (i32.eqz (local.get $i)) (then (return (i32.const 0))))
    (if (i32.eq (call $byteAt (local.get $i)) (i32.const 0x2e)) (then
      (local.set $i (call $digits (i32.add (local.get $i) (i32.const 1))))
      (if (i32.eqz (local.get $i)) (then (return (i32.const 0))))))
    (if (i32.eq (i32.or (call $byteAt (local.get $i)) (i32.const 0x20)) (i32.const 0x65)) (then
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (local.set $byte (call $byteAt (local.get $i)))
      (if (i32.or (i32.eq (local.get $byte) (i32.const 0x2b)) (i32.eq (local.get $byte) (i32.const 0x2d))) (then
        (local.set $i (i32.add (local.get $i) (i32.const 1)))))
      (local.set $i (call $digits (local.get $i)))))
    (local.get $i))

  ;; To behind true, false or null; 0: it is none of them.
  (func $word (param $i i32) (result i32)
    (local $letters i32)
    (local $size i32)
    (local.set $letters (i32.load (local.get $i)))
    (local.set $size (i32.const 4))
    (if (i32.and (i32.eq (local.get $letters) (i32.const 0x736c6166)) (i32.eq (i32.load8_u offset=4 (local.get $i)) (i32.const 0x65)))
      (then (local.set $size (i32.const 5)))
      (else
        (if (i32.and (i32.ne (local.get $letters) (i32.const 0x65757274)) (i32.ne (local.get $letters) (i32.const 0x6c6c756e)))
          (then (return (i32.const 0))))))
    (local.set $i (i32.add (local.get $i) (local.get $size)))
    (select (local.get $i) (i32.const 0) (i32.le_u (local.get $i) (global.get $end))))

  ;; The numbers of a value are its note, and notes stand in the order of the values from $notes on. Of any value: its first
  ;; byte, where it stands and ends (of a string its kept characters, and the first byte is a backslash where it has an
  ;; escape), and which note is that of the value after it; of its key the tag, where it stands, its size, and which note was
  ;; the last one before it in the same bucket. An object has 16 buckets behind that, each the last note in it, and its end
  ;; is -1 where one of its keys has an escape. A note is named by its number of numbers from $notes on; 0 is none.
  ;; Returns where the notes end; 0: it is no JSON text; -1: there is no room for so much.
  (func (export "scan") (param $i i32) (param $end i32) (param $kept i32)
      (param $notes i32) (param $notesEnd i32) (param $stack i32) (param $stackEnd i32) (result i32)
    (local $note i32)
    (local $open i32)   ;; the note of the innermost object or array that is open, 0 where none is
    (local $bottom i32)
    (local $byte i32)
    (local $after i32)
    (local $bucket i32)
    (global.set $end (local.get $end))
    (global.set $kept (local.get $kept))
    (local.set $note (local.get $notes))
    (local.set $bottom (local.get $stack))
    (global.set $keyTag (i32.const 0))
    (loop $value
      (if (i32.gt_u (i32.add (local.get $note) (i32.const 96)) (local.get $notesEnd)) (then (return (i32.const -1))))
      (if (i32.le_u (i32.load8_u (local.get $i)) (i32.const 0x20)) (then (local.set $i (call $blanks (local.get $i)))))
      (local.set $byte (select (i32.load8_u (local.get $i)) (i32.const 0) (i32.lt_u (local.get $i) (global.get $end))))
      (i32.store (local.get $note) (local.get $byte))
      (i32.store offset=4 (local.get $note) (local.get $i))
      (if (global.get $keyTag) (then
        (i32.store offset=16 (local.get $note) (global.get $keyTag))
        (i32.store offset=20 (local.get $note) (global.get $keyAt))
        (i32.store offset=24 (local.get $note) (global.get $keySize))
        (if (i32.eq (global.get $keyTag) (i32.const -1)) (then (i32.store offset=8 (local.get $open) (i32.const -1))))
        (local.set $bucket (i32.add (local.get $open) (i32.shl
          (i32.and
            (i32.add
              (i32.add (i32.shr_u (global.get $keyTag) (i32.const 16)) (i32.shr_u (global.get $keyTag) (i32.const 8)))
              (global.get $keyTag))
            (i32.const 15))
          (i32.const 2))))
        (i32.store offset=28 (local.get $note) (i32.load offset=32 (local.get $bucket)))
        (i32.store offset=32 (local.get $bucket) (i32.shr_u (i32.sub (local.get $note) (local.get $notes)) (i32.const 2)))))
      (block $whole ;; the value ends at $i, and its notes at $note
        (block $begun ;; an object or an array begins
          (if (i32.eq (local.get $byte) (i32.const 0x22))
            (then
              (i32.store offset=4 (local.get $note) (i32.add (local.get $i) (i32.const 1)))
              (local.set $after (call $string (i32.add (local.get $i) (i32.const 1))))
              (i32.store offset=8 (local.get $note) (global.get $cut))
              (if (global.get $hasEscape) (then (i32.store (local.get $note) (i32.const 0x5c)))))
            (else
              (br_if $begun (i32.eq (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x7b)))
              (if (i32.gt_u (local.get $byte) (i32.const 0x39))
                (then (local.set $after (call $word (local.get $i))))
                (else (local.set $after (call $number (local.get $i)))))
              (i32.store offset=8 (local.get $note) (local.get $after))))
          (if (i32.eqz (local.get $after)) (then (return (i32.const 0))))
          (local.set $i (local.get $after))
          (local.set $after (i32.add (local.get $note) (i32.const 32)))
          (i32.store offset=12 (local.get $note) (i32.shr_u (i32.sub (local.get $after) (local.get $notes)) (i32.const 2)))
          (local.set $note (local.get $after))
          (br $whole))
        (if (i32.ge_u (local.get $stack) (local.get $stackEnd)) (then (return (i32.const -1))))
        (i32.store (local.get $stack) (local.get $open))
        (local.set $stack (i32.add (local.get $stack) (i32.const 4)))
        (local.set $open (local.get $note))
        (i32.store offset=8 (local.get $open) (i32.const 0))
        (local.set $note (i32.add (local.get $note) (i32.const 32)))
        (if (i32.eq (local.get $byte) (i32.const 0x7b)) (then
          (v128.store (local.get $note) (v128.const i32x4 0 0 0 0))
          (v128.store offset=16 (local.get $note) (v128.const i32x4 0 0 0 0))
          (v128.store offset=32 (local.get $note) (v128.const i32x4 0 0 0 0))
          (v128.store offset=48 (local.get $note) (v128.const i32x4 0 0 0 0))
          (local.set $note (i32.add (local.get $note) (i32.const 64)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (if (i32.le_u (i32.load8_u (local.get $i)) (i32.const 0x20)) (then (local.set $i (call $blanks (local.get $i)))))
        ;; An empty one is closed below.
        (br_if $whole (i32.eq (select (i32.load8_u (local.get $i)) (i32.const 0) (i32.lt_u (local.get $i) (global.get $end))) (i32.add (local.get $byte) (i32.const 2))))
        (if (i32.eq (local.get $byte) (i32.const 0x7b))
          (then
            (local.set $i (call $key (local.get $i)))
            (if (i32.eqz (local.get $i)) (then (return (i32.const 0)))))
          (else (global.set $keyTag (i32.const 0))))
        (br $value))
      (loop $close
        (if (i32.le_u (i32.load8_u (local.get $i)) (i32.const 0x20)) (then (local.set $i (call $blanks (local.get $i)))))
        (if (i32.eq (local.get $stack) (local.get $bottom)) (then
          (return (select (local.get $note) (i32.const 0) (i32.eq (local.get $i) (global.get $end))))))
        (local.set $byte (select (i32.load8_u (local.get $i)) (i32.const 0) (i32.lt_u (local.get $i) (global.get $end))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        ;; A brace or bracket and the one that closes it are two apart.
        (if (i32.eq (local.get $byte) (i32.add (i32.load (local.get $open)) (i32.const 2))) (then
          (i32.store offset=12 (local.get $open) (i32.shr_u (i32.sub (local.get $note) (local.get $notes)) (i32.const 2)))
          (local.set $stack (i32.sub (local.get $stack) (i32.const 4)))
          (local.set $open (i32.load (local.get $stack)))
          (br $close))))
      (if (i32.ne (local.get $byte) (i32.const 0x2c)) (then (return (i32.const 0))))
      (if (i32.eq (i32.load (local.get $open)) (i32.const 0x7b))
        (then
          (local.set $i (call $key (local.get $i)))
          (if (i32.eqz (local.get $i)) (then (return (i32.const 0)))))
        (else (global.set $keyTag (i32.const 0))))
      (br $value))
    (unreachable))

  ;; A table of 1024 words of up to 64 bytes, each followed by zeros, which no JSON string holds. The number of this one;
  ;; -1 - number where another word, or none, stood in its place until now. $to - $from: 64 at most.
  (func (export "word") (param $from i32) (param $to i32) (param $table i32) (result i32)
    (local $size v128)
    (local $a v128)
    (local $b v128)
    (local $c v128)
    (local $d v128)
    (local $number i32)
    (local.set $size (i8x16.splat (i32.sub (local.get $to) (local.get $from))))
    (local.set $a (v128.and (v128.load (local.get $from))
      (i8x16.gt_s (local.get $size) (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15))))
    (local.set $b (v128.and (v128.load offset=16 (local.get $from))
      (i8x16.gt_s (local.get $size) (v128.const i8x16 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31))))
    (local.set $c (v128.and (v128.load offset=32 (local.get $from))
      (i8x16.gt_s (local.get $size) (v128.const i8x16 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47))))
    (local.set $d (v128.and (v128.load offset=48 (local.get $from))
      (i8x16.gt_s (local.get $size) (v128.const i8x16 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63))))
    (local.set $number (call $hash (v128.xor (local.get $a) (local.get $c)) (v128.xor (local.get $b) (local.get $d))))
    (local.set $table (i32.add (local.get $table) (i32.shl (local.get $number) (i32.const 6))))
    (if (i32.eqz (v128.any_true (v128.or
          (v128.or
            (v128.xor (local.get $a) (v128.load (local.get $table)))
            (v128.xor (local.get $b) (v128.load offset=16 (local.get $table))))
          (v128.or
            (v128.xor (local.get $c) (v128.load offset=32 (local.get $table)))
            (v128.xor (local.get $d) (v128.load offset=48 (local.get $table)))))))
      (then (return (local.get $number))))
    (v128.store (local.get $table) (local.get $a))
    (v128.store offset=16 (local.get $table) (local.get $b))
    (v128.store offset=32 (local.get $table) (local.get $c))
    (v128.store offset=48 (local.get $table) (local.get $d))
    (i32.xor (local.get $number) (i32.const -1)))

  ;; Ten bits of 32 bytes.
  (func $hash (param $a v128) (param $b v128) (result i32)
    (i32.wrap_i64 (i64.shr_u
      (i64.add
        (i64.add
          (i64.mul (i64x2.extract_lane 0 (local.get $a)) (i64.const 0x9e3779b97f4a7c15))
          (i64.mul (i64x2.extract_lane 1 (local.get $a)) (i64.const 0xc2b2ae3d27d4eb4f)))
        (i64.add
          (i64.mul (i64x2.extract_lane 0 (local.get $b)) (i64.const 0x165667b19e3779f9))
          (i64.mul (i64x2.extract_lane 1 (local.get $b)) (i64.const 0x27d4eb2f165667c5))))
      (i64.const 54))))

  ;; The value of a hexadecimal digit: letters have bit 6, and the first of them is 1 in the lower bits.
  (func $hexOf (param $byte i32) (result i32)
    (i32.add
      (i32.and (local.get $byte) (i32.const 0xf))
      (i32.mul (i32.shr_u (local.get $byte) (i32.const 6)) (i32.const 9))))

  ;; What b, f, n, r and t stand for behind a backslash.
  (func $controlOf (param $letter i32) (result i32)
    (if (i32.eq (local.get $letter) (i32.const 0x6e)) (then (return (i32.const 10))))
    (if (i32.eq (local.get $letter) (i32.const 0x74)) (then (return (i32.const 9))))
    (if (i32.eq (local.get $letter) (i32.const 0x72)) (then (return (i32.const 13))))
    (select (i32.const 8) (i32.const 12) (i32.eq (local.get $letter) (i32.const 0x62))))

  ;; Writes the characters of a part of a JSON string to $out, one a byte; returns their end, 0 where one takes more than a byte.
  ;; Some bytes behind them are written too.
  (func (export "unescape") (param $i i32) (param $to i32) (param $out i32) (result i32)
    (local $block v128)
    (local $hits i32) ;; one bit for each of 16 bytes
    (local $byte i32)
    (loop $next
      (if (i32.ge_u (local.get $i) (local.get $to)) (then
        (return (i32.sub (local.get $out) (i32.sub (local.get $i) (local.get $to))))))
      (local.set $block (v128.load (local.get $i)))
      (v128.store (local.get $out) (local.get $block))
      (local.set $hits (i8x16.bitmask (i8x16.eq (local.get $block) (i8x16.splat (i32.const 0x5c)))))
      ;; 16 where there is none.
      (local.set $hits (i32.ctz (i32.or (local.get $hits) (i32.const 0x10000))))
      (local.set $i (i32.add (local.get $i) (local.get $hits)))
      (local.set $out (i32.add (local.get $out) (local.get $hits)))
      (br_if $next (i32.or (i32.eq (local.get $hits) (i32.const 16)) (i32.ge_u (local.get $i) (local.get $to))))
      (local.set $byte (i32.load8_u offset=1 (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 2)))
      (if (i32.eq (local.get $byte) (i32.const 0x75))
        (then
          (if (i32.ne (i32.load16_u (local.get $i)) (i32.const 0x3030)) (then (return (i32.const 0))))
          (local.set $byte (i32.or
            (i32.shl (call $hexOf (i32.load8_u offset=2 (local.get $i))) (i32.const 4))
            (call $hexOf (i32.load8_u offset=3 (local.get $i)))))
          (local.set $i (i32.add (local.get $i) (i32.const 4))))
        (else
          (if (i32.gt_u (local.get $byte) (i32.const 0x5c)) (then (local.set $byte (call $controlOf (local.get $byte)))))))
      (i32.store8 (local.get $out) (local.get $byte))
      (local.set $out (i32.add (local.get $out) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; The place behind the first `"type":"` that ends before $limit; 0: there is none, or more than $braces open before it.
  (func (export "type") (param $i i32) (param $limit i32) (param $braces i32) (result i32)
    (local $block v128)
    (local $hits i32) ;; one bit for each of 16 bytes
    (local $at i32)
    (loop $next
      (if (i32.ge_u (local.get $i) (local.get $limit)) (then (return (i32.const 0))))
      (local.set $block (v128.load (local.get $i)))
      (local.set $hits (i8x16.bitmask (v128.or
        (i8x16.eq (local.get $block) (i8x16.splat (i32.const 0x7b)))
        (v128.and
          (i8x16.eq (local.get $block) (i8x16.splat (i32.const 0x22)))
          (i8x16.eq (v128.load offset=1 (local.get $i)) (i8x16.splat (i32.const 0x74)))))))
      (block $none
        (loop $hit
          (br_if $none (i32.eqz (local.get $hits)))
          (local.set $at (i32.add (local.get $i) (i32.ctz (local.get $hits))))
          (local.set $hits (i32.and (local.get $hits) (i32.sub (local.get $hits) (i32.const 1))))
          (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x7b))
            (then
              (if (i32.eqz (local.get $braces)) (then (return (i32.const 0))))
              (local.set $braces (i32.sub (local.get $braces) (i32.const 1))))
            (else
              (if (i64.eq (i64.load (local.get $at)) (i64.const 0x223a226570797422)) (then
                (local.set $at (i32.add (local.get $at) (i32.const 8)))
                (return (select (local.get $at) (i32.const 0) (i32.le_u (local.get $at) (local.get $limit))))))))
          (br $hit)))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br $next))
    (unreachable)))
