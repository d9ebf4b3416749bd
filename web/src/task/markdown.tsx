import type { ComponentProps } from "react";
import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";
import { MENTION } from "./mentions.ts";

interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

/** Puts names where somebody is mentioned: as text of the tree, so that no name is Markdown. */
function mentionsOf(people: ReadonlyMap<string, string>) {
  const named = (text: string) =>
    text.replaceAll(MENTION, (_, id: string) => `@${people.get(id.toLowerCase()) ?? "?"}`);
  const walk = (node: Node): Node => {
    const { type, value, children } = node;
    if (value !== undefined && (type === "text" || type === "html")) {
      return { ...node, type: "text", value: named(value) };
    }
    return children ? { ...node, children: children.map(walk) } : node;
  };
  return () => walk;
}

/** Pictures from elsewhere would tell others who reads this, and when: each is a link to it. */
const COMPONENTS = {
  a: ({ href, children }: ComponentProps<"a">) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ),
  img: ({ src, alt }: ComponentProps<"img">) => (
    <a href={typeof src === "string" ? src : undefined} target="_blank" rel="noopener noreferrer nofollow">
      {alt === "" || alt === undefined ? String(src) : alt}
    </a>
  ),
};

/** Text as its Markdown says. What is HTML in it stays text, and links lead to the web or to an address alone. */
export function Markdown({ text, people }: { text: string; people: ReadonlyMap<string, string> }) {
  return (
    <div className="prose-text wrap-anywhere">
      <ReactMarkdown remarkPlugins={[remarkGfm, mentionsOf(people)]} components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </div>
  );
}
