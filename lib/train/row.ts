/** One line of a table: a flat record, such as `{ iteration, member, loss }`. */
export type Row = Record<string, number | string | boolean>;
