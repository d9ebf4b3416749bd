// breaks: one-door-to-lucia
export { Lucia } from "lucia";
