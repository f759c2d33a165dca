/** The original command is written in Go, whose flags take one dash as well as two: `-stream stdout`. */

const GO_FLAGS = /^-(runtime-dir|stream|follow|since|lines|process|type)(=.*)?$/s;

/** Arguments of `ringwire ctl` with two dashes where one stands before a name of several letters. */
export function withDoubleDashes(argv: readonly string[]): string[] {
  return argv.map((word) => (GO_FLAGS.test(word) ? `-${word}` : word));
}
