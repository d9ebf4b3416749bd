// What is longer is cut; in UTF-16 units.

export const BOARD_NAME = 200;
export const COLUMN_NAME = 200;
export const LABEL_NAME = 100;
export const TITLE = 500;
export const DESCRIPTION = 32_768;
export const PERSON_NAME = 200;
export const PLAN_NAME = 200;
/** The most labels, and the most people, on one task. */
export const SET_SIZE = 50;
