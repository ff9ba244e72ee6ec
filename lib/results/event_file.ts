/**
 * TensorBoard's event files: records of TensorFlow (a length and a payload, each with
 * its checksum) whose payloads are messages `Event`.
 *
 * Formats: TensorFlow's `record_writer.cc`, `event.proto`, `summary.proto` and
 * `tensor.proto`.
 *
 * @module
 */

import { Message } from "../compile/protobuf.ts";

/** What an event file says of a step. */
export interface LoggedStep {
  readonly step: number;
  /** Numbers by their tags, as curves. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** Markdown by its tags. */
  readonly texts?: Readonly<Record<string, string>>;
}

/**
 * Makes the head of an event file: its version, and that a session starts at step 0, so
 * that TensorBoard forgets what it read of an older file of the same folder.
 *
 * @param time When, in seconds since 1970.
 * @returns The bytes.
 */
export function eventFileHead(time: number): Uint8Array {
  const sessionStart = new Message().integer(1, 1);
  return concat([
    record(new Message().double(1, time).bytes(3, "brain.Event:2")),
    record(new Message().double(1, time).bytes(7, sessionStart)),
  ]);
}

/**
 * Makes records of steps, to be put at the end of an event file.
 *
 * @param steps The steps.
 * @param time When, in seconds since 1970.
 * @returns The bytes.
 */
export function eventRecords(
  steps: readonly LoggedStep[],
  time: number,
): Uint8Array {
  return concat(steps.map(({ step, scalars = {}, texts = {} }) => {
    const summary = new Message();
    for (const [tag, value] of Object.entries(scalars)) {
      summary.bytes(1, new Message().bytes(1, tag).float(2, value));
    }
    for (const [tag, text] of Object.entries(texts)) {
      summary.bytes(1, textValue(tag, text));
    }
    return record(
      new Message().double(1, time).integer(2, step).bytes(5, summary),
    );
  }));
}

const stringType = 7; // DT_STRING

function textValue(tag: string, text: string): Message {
  const one = new Message().bytes(2, new Message().integer(1, 1));
  const tensor = new Message().integer(1, stringType).bytes(2, one)
    .bytes(8, text);
  const plugin = new Message().bytes(1, "text");
  return new Message().bytes(1, tag).bytes(8, tensor)
    .bytes(9, new Message().bytes(1, plugin));
}

/** A payload between its length and its checksum. */
function record(event: Message): Uint8Array {
  const payload = event.encode();
  const bytes = new Uint8Array(payload.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(payload.length), true);
  view.setUint32(8, maskedChecksum(bytes.subarray(0, 8)), true);
  bytes.set(payload, 12);
  view.setUint32(12 + payload.length, maskedChecksum(payload), true);
  return bytes;
}

/** CRC-32C, turned and moved, so that checksums of checksums are no trouble. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return ((crc >>> 15 | crc << 17) + 0xa282ead8) >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) {
    byte = byte & 1 ? byte >>> 1 ^ 0x82f63b78 : byte >>> 1;
  }
  return byte;
});

/**
 * The checksum CRC-32C of Castagnoli's polynomial (RFC 3720, B.4).
 *
 * @param bytes What to check.
 * @returns 32 bits, not negative.
 */
export function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) crc = crc >>> 8 ^ table[(crc ^ byte) & 255];
  return ~crc >>> 0;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((total, part) => total + part.length, 0);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
