import { Socket } from 'node:net';

/** How `faults.ts` knows an answer that is no PostgreSQL. */
export const UNREADABLE_CODE = 'PG_UNREADABLE';

/**
 * The driver parses inside the socket's event and throws on bytes it does not know: without this, one
 * malformed answer would end the whole process. Here it ends the connection. (Under TLS the driver wraps the
 * socket; there the certificate vouches for who answers.)
 */
class GuardedSocket extends Socket {
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    try {
      return Reflect.apply(super.emit, this, [event, ...args]);
    } catch (error) {
      if (event !== 'data') throw error;
      this.destroy(
        Object.assign(new Error('the answer is no PostgreSQL', { cause: error }), { code: UNREADABLE_CODE }),
      );
      return true;
    }
  }
}

export const guardedSocket = (): Socket => new GuardedSocket();
