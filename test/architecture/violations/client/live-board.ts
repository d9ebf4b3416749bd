export class LiveBoard {}
