/**
 * What calls cost of what an account may do, or an address that nobody is signed in from: 1 but for these. A call costs
 * more when it makes something that stays, reads much, or hashes.
 */
export const COSTS: Readonly<Record<string, number>> = {
  "auth.requestSignUp": 20,
  "auth.signUp": 20,
  "auth.signIn": 20,
  "auth.passkeyChallenge": 5,
  "auth.signInWithPasskey": 20,
  "auth.signInWithCode": 20,
  "auth.reauthenticationChallenge": 5,
  "auth.reauthenticate": 20,
  "identities.signIn": 20,
  "identities.reauthenticate": 20,
  "identities.link": 20,
  "identities.unlink": 20,
  "authenticator.create": 20,
  "authenticator.confirm": 20,
  "authenticator.delete": 20,
  "factors.renewRecoveryCodes": 20,
  "passkeys.challenge": 5,
  "passkeys.create": 20,
  "passkeys.delete": 20,
  "passwords.requestReset": 20,
  "passwords.reset": 20,
  "passwords.change": 20,
  "emails.sendCode": 20,
  "emails.change": 20,
  "emails.confirm": 20,
  "account.rename": 20,
  "keys.create": 20,
  "orgs.create": 20,
  "orgs.delete": 20,
  "members.invite": 10,
  "members.accept": 10,
  "projects.create": 10,
  "imports.create": 20,
  "archives.exportBoard": 100,
  "archives.export": 500,
  "archives.import": 100,
  "imports.preview": 10,
  "imports.start": 20,
  "rules.create": 10,
  "rules.preview": 10,
  "calendars.create": 10,
  "attachments.create": 10,
  "recurrences.create": 10,
  "recurrences.preview": 5,
  "plans.create": 10,
  "plans.setTasks": 10,
  "reports.flow": 10,
  "reports.burn": 10,
  "reports.times": 10,
  "reports.load": 10,
  "boards.create": 10,
  "boards.delete": 10,
  "boards.get": 5,
  "boards.live": 5,
  "boards.presence": 5,
  "boards.applyChanges": 5,
  "tasks.bulkUpdate": 10,
  "tasks.bulkMove": 10,
  "tasks.bulkArchive": 10,
  "tasks.bulkRestore": 10,
  "tasks.delete": 10,
  "tasks.moveToBoard": 5,
  "tasks.copy": 5,
  "changes.undo": 10,
  "trash.restore": 10,
  "trash.delete": 10,
  "tasks.search": 5,
  "tasks.count": 5,
  "tasks.liveCount": 10,
  "time.list": 2,
  "time.totals": 5,
  "views.rows": 5,
  "views.count": 5,
  "activity.ofTask": 2,
  "activity.ofBoard": 2,
  "activity.ofPerson": 2,
  "orgs.live": 5,
  "me.live": 2,
};

/** Somebody who comes back from a provider of identities, which is asked about them. */
export const CALLBACK_COST = 20;

/** A file that comes. */
export const UPLOAD_COST = 100;

/** A file that goes. */
export const DOWNLOAD_COST = 5;

/** All tasks of a board, as a table. */
export const TABLE_COST = 50;

/** A calendar, by its link. */
export const CALENDAR_COST = 5;
