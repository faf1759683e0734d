/** Of the standard streams. */
export const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;

/** Terminals are; pipes and files are not. true where it cannot be told. */
export function isCharacterDevice(descriptor: number): boolean {
  try {
    return process.getBuiltinModule("node:fs").fstatSync(descriptor).isCharacterDevice();
  } catch {
    return true;
  }
}

/**
 * Writes without a stream, which Node takes 2 ms to make, and waits for whoever reads. Answers what a
 * descriptor that does not wait has not taken. @throws the system's error
 */
export function writeNow(descriptor: number, text: string): Buffer {
  const { writeSync } = process.getBuiltinModule("node:fs");
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
  }
  return rest;
}
