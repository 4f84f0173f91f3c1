/** Waits until a text is there; the test's own time limit is the only one. */
export async function until(said: () => string, wanted: string | RegExp): Promise<string> {
  for (;;) {
    const text = said();
    if (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
