import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type MailTransport, type Sender, toBytes } from "./message.ts";

/**
 * Mail as files, for those who have no server for it: `<id>.eml`, readable by their owner alone. `tell` shows what it
 * says, codes and links too, so it is for a console and never for a log.
 */
export function folderTransport(
  folder: string,
  from: Sender,
  tell: ((text: string) => void) | undefined,
): MailTransport {
  return {
    async deliver(envelope, write) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const said = await write();
      const file = join(folder, `${envelope.id}.eml`);
      await writeFile(`${file}.part`, await toBytes(from, envelope, said), { mode: 0o600 });
      await rename(`${file}.part`, file);
      tell?.(`\nMail to ${envelope.recipient} (${file}): ${said.subject}\n${said.text.replaceAll(/^/gmu, "  ")}`);
    },
  };
}
