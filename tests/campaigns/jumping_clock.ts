// Loaded before a program: its clock jumps by up to a day, back and forth.
const { now } = Date;
const jump = () => Math.round(864e5 * (2 * Math.random() - 1));

Date.now = () => now() + jump();
globalThis.Date = new Proxy(Date, {
  construct: (Clock, args) =>
    Reflect.construct(Clock, args.length > 0 ? args : [Date.now()]),
});
