import { expect, test } from "vitest";
import { toBytes, toSender } from "../../server/core/mail/message.ts";
import { parseEnvironment } from "../../server/env.ts";
import { Email } from "../../server/fields.contract.ts";

const HOSTILE = [
  "ada@example.test\r\nBcc: eve@example.test",
  "ada@example.test\nBcc: eve@example.test",
  "ada@example.test, eve@example.test",
  "ada@example.test> RCPT TO:<eve@example.test",
  '"Eve <eve@example.test>" <ada@example.test>',
  "ada@example.test\0",
];

test("an address that would be more than one, or a line more, is no address", () => {
  for (const address of HOSTILE) expect([address, Email.safeParse(address).success]).toEqual([address, false]);
  for (const from of ["A\r\nBcc: e@x.test <a@x.test>", "A <a@x.test>\r\nBcc: e@x.test", "A <a@x.test\r\n.>"]) {
    expect(() => parseEnvironment({ MAIL_FROM: from })).toThrow("must look like");
  }
});

test("even such an address adds no line to the head of a mail", async () => {
  const from = toSender("Trestle <trestle@example.test>");
  for (const recipient of HOSTILE) {
    const bytes = await toBytes(from, { id: "1", recipient }, { subject: "Welcome", text: "Text" });
    const [head = ""] = bytes.toString().split("\r\n\r\n");
    const names = head
      .split("\r\n")
      .filter((line) => !/^\s/u.test(line))
      .map((line) => line.split(":")[0]?.toLowerCase());
    expect(names.filter((name) => name === "bcc")).toEqual([]);
    expect(names.filter((name) => name === "to")).toEqual(["to"]);
  }
});
