import { texts } from "../texts.ts";
import { TextField } from "./field.tsx";

interface Props {
  /** What the form calls it. */
  readonly name?: string;
  readonly wrong: string | undefined;
}

/** The password that one has. */
export function PasswordField({ name = "password", wrong }: Props) {
  return (
    <TextField
      label={texts.session.password}
      name={name}
      type="password"
      autoComplete="current-password"
      required
      wrong={wrong}
    />
  );
}

/** A password that one chooses. `label`: what it is called there. */
export function NewPasswordField({ label, name = "password", wrong }: Props & { label: string }) {
  return (
    <TextField
      label={label}
      hint={texts.session.passwordRule}
      name={name}
      type="password"
      autoComplete="new-password"
      minLength={8}
      required
      wrong={wrong}
    />
  );
}
