import { beforeEach, expect, test, vi } from "vitest";
import { Line, type Tab } from "../../client/tabs/line.ts";
import type { ToTab } from "../../client/tabs/messages.ts";

// How one socket is lent to several tabs, which test/web/tabs.test.ts sees in a browser.

const ADDRESS = "ws://127.0.0.1/trpc?connectionParams=1";
let socket: FakeSocket;

/** A socket whose server is the test. */
class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  readyState = 0;
  readonly sent: string[] = [];

  constructor() {
    super();
    // oxlint-disable-next-line no-this-alias, typescript/no-this-alias -- The line makes it, and the test speaks for its server.
    socket = this;
  }

  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  says(data: string): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 3;
    this.dispatchEvent(new CloseEvent("close", { code: 1000, reason: "" }));
  }
}

function openTab(): Tab & { heard: ToTab[] } {
  const heard: ToTab[] = [];
  return { heard, waiting: 0, numbers: new Map(), say: (message) => heard.push(message) };
}

function openLine(): { line: Line; ended: () => boolean } {
  let isEnded = false;
  const line = new Line(ADDRESS, () => {
    isEnded = true;
  });
  socket.open();
  return { line, ended: () => isEnded };
}

function lastSent(): unknown {
  return JSON.parse(socket.sent.at(-1) ?? "");
}

const watch = (id: number) => JSON.stringify({ id, method: "subscription", params: { path: "boards.live" } });

beforeEach(() => {
  vi.stubGlobal("WebSocket", FakeSocket);
});

test("requests of several tabs are never mixed up, whatever their numbers", () => {
  const { line } = openLine();
  const [one, two] = [openTab(), openTab()];
  line.add(one);
  line.add(two);
  line.send(one, watch(7));
  line.send(two, watch(7));
  expect(lastSent()).toMatchObject([{ id: 2, method: "subscription" }]);
  socket.says('{"id":2,"result":{"type":"data","data":{"of":"two"}}}');
  socket.says('{"id":1,"result":{"type":"data","data":{"of":"one"}}}');
  expect(one.heard).toEqual([{ isOpen: true }, '{"id":7,"result":{"type":"data","data":{"of":"one"}}}']);
  expect(two.heard).toEqual([{ isOpen: true }, '{"id":7,"result":{"type":"data","data":{"of":"two"}}}']);

  // A number is free again with the last message of its request.
  line.send(one, JSON.stringify({ id: 7, method: "subscription.stop" }));
  expect(lastSent()).toEqual([{ id: 1, method: "subscription.stop" }]);
  socket.says('{"id":1,"result":{"type":"stopped"}}');
  line.send(one, watch(7));
  expect(lastSent()).toMatchObject([{ id: 3 }]);
});

test("whose socket it is is what the server says on it", async () => {
  const { line } = openLine();
  const id = "0198c0de-0000-7000-8000-000000000001";
  expect(socket.sent[1]).toContain("auth.me");
  socket.says(`{"id":"who","result":{"type":"data","data":{"json":{"user":{"id":"${id}"}}}}}`);
  expect(await line.userId).toBe(id);
  const refused = openLine();
  socket.says('{"id":"who","error":{"json":{"code":-32001}}}');
  expect(await refused.line.userId).toBeUndefined();
});

test("a tab that goes takes its watches with it, and the last one the socket", () => {
  const { line, ended } = openLine();
  const [one, two] = [openTab(), openTab()];
  line.add(one);
  line.add(two);
  line.send(one, watch(1));
  line.remove(one);
  expect(lastSent()).toEqual({ id: 1, method: "subscription.stop" });
  socket.says('{"id":1,"result":{"type":"data","data":{}}}');
  expect(one.heard).toEqual([{ isOpen: true }]);
  line.remove(two);
  expect([ended(), line.isLeaving]).toEqual([true, true]);
});

test("a tab that takes nothing is let go, and holds up no other", () => {
  const { line } = openLine();
  const [frozen, other] = [openTab(), openTab()];
  line.add(frozen);
  line.add(other);
  line.send(frozen, watch(1));
  line.send(other, watch(1));
  const big = "x".repeat(1 << 20);
  for (let count = 0; count < 20; count += 1) socket.says(`{"id":1,"result":{"type":"data","data":"${big}"}}`);
  expect(frozen.heard.at(-1)).toEqual({ code: 1013, reason: "too much waits" });
  expect(frozen.heard.length).toBeLessThan(20);
  socket.says('{"id":2,"result":{"type":"data","data":{}}}');
  expect(other.heard.at(-1)).toContain('{"id":1,');
});

test("a socket that answers no ping is given up for all tabs", () => {
  const { line, ended } = openLine();
  const [one, two] = [openTab(), openTab()];
  line.add(one);
  line.add(two);
  line.send(one, "PING");
  line.send(two, "PING");
  socket.says("PONG");
  expect([one.heard.at(-1), two.heard.at(-1)]).toEqual(["PONG", { isOpen: true }]);
  const later = performance.now() + 5_000;
  vi.spyOn(performance, "now").mockReturnValue(later);
  line.remove(two);
  expect(ended()).toBe(true);
  expect(one.heard.at(-1)).toEqual({ code: 1000, reason: "" });
});

test("who is told to dial again does so on another socket", () => {
  const { line } = openLine();
  const tab = openTab();
  line.add(tab);
  const notice = '{"id":null,"method":"reconnect"}';
  socket.says(notice);
  expect(tab.heard.at(-1)).toBe(notice);
  expect(line.isLeaving).toBe(true);
});
