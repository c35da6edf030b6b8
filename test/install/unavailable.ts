// What ends a program of the tests with exit code 69: this machine lacks something and cannot be given it.

/** The message says what is missing and what to do. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
