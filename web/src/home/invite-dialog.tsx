import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";

const ROLES = ["member", "admin", "guest"] as const;

/** The address by which somebody accepts an invitation. */
export function invitationLink(token: string): string {
  return `${location.origin}/invitation#${token}`;
}

export function InviteDialog({ orgId, onClose }: { orgId: string; onClose: () => void }) {
  const { members } = useTrestle();
  const [link, setLink] = useState<string>();
  const invite = async (values: FormData) => {
    const role = ROLES.find((name) => name === textOf(values, "role")) ?? "member";
    const { token } = await members.invite.mutate({ orgId, email: textOf(values, "email"), role });
    setLink(invitationLink(token));
  };
  return (
    <Dialog label={texts.home.invite} onClose={onClose}>
      {link === undefined ? (
        <Form action={texts.home.invite} onSend={invite} onCancel={onClose}>
          {(wrong) => (
            <>
              <TextField label={texts.session.email} name="email" type="email" required wrong={wrong["email"]} />
              <SelectField label={texts.home.role} name="role">
                {ROLES.map((role) => (
                  <option key={role}>{role}</option>
                ))}
              </SelectField>
            </>
          )}
        </Form>
      ) : (
        <div className="flex flex-col gap-4">
          <TextField label={texts.home.inviteLink} readOnly value={link} onFocus={(event) => event.target.select()} />
          <Button look="primary" onClick={onClose}>
            {texts.close}
          </Button>
        </div>
      )}
    </Dialog>
  );
}
