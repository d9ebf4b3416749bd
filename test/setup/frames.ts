/** The texts of whole, unmasked frames of a WebSocket (RFC 6455, 5.2): what a server writes when nothing is compressed. */
export function textsOf(frames: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < frames.length;) {
    if (frames[at] !== 0x81) throw new Error(`a frame that is no whole text at byte ${at}`);
    const short = frames.readUInt8(at + 1);
    const isMasked = short > 127;
    if (isMasked) throw new Error("a server's frames are not masked");
    const [length, head] =
      short < 126
        ? [short, 2]
        : short === 126
          ? [frames.readUInt16BE(at + 2), 4]
          : [Number(frames.readBigUInt64BE(at + 2)), 10];
    const end = at + head + length;
    if (end > frames.length) throw new Error("a frame was cut off");
    texts.push(frames.toString("utf8", at + head, end));
    at = end;
  }
  return texts;
}
