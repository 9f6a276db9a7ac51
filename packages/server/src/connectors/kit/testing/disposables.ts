/** What `AsyncDisposableStack` is; Node 20 has the symbol but not the class. */
export interface Disposables extends AsyncDisposable {
  use<T extends AsyncDisposable>(thing: T): T;
  disposeAsync(): Promise<void>;
}

/** Closes what it was given, last first. */
export function disposables(): Disposables {
  const things: AsyncDisposable[] = [];
  const disposeAsync = async (): Promise<void> => {
    for (const thing of things.reverse()) await thing[Symbol.asyncDispose]();
    things.length = 0;
  };
  return {
    use(thing) {
      things.push(thing);
      return thing;
    },
    disposeAsync,
    [Symbol.asyncDispose]: disposeAsync,
  };
}
