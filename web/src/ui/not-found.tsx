import { Link } from "wouter";
import { texts } from "../texts.ts";
import { Message } from "./message.tsx";

export function NotFound() {
  return (
    <Message title={texts.notFound.title} says={texts.notFound.says}>
      <Link href="/" className="text-accent underline">
        {texts.notFound.home}
      </Link>
    </Message>
  );
}
