/** The part of it that is used: Node has it, and its types stand with those of browsers. */
declare namespace WebAssembly {
  /* oxlint-disable-next-line typescript/no-extraneous-class -- it is one */
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
