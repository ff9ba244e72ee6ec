/** A list that is begun, for a language model to go on with. */
export interface ListPrompt {
  /** Which words are right. */
  readonly category: string;
  /** What stands above the list. */
  readonly title: string;
  /** The first three of the list, which count no more. */
  readonly examples: readonly [string, string, string];
  /** Whether fine-tuning never asks it: another category, or other words for one. */
  readonly heldOut?: boolean;
}

/** The lists of the track: six to train on, and six that are held out. */
export const listPrompts: readonly ListPrompt[] = [
  { category: "animal", title: "Animals", examples: ["dog", "horse", "lion"] },
  { category: "fruit", title: "Fruits", examples: ["apple", "grape", "lemon"] },
  { category: "color", title: "Colors", examples: ["red", "white", "orange"] },
  {
    ...{ category: "clothing", title: "Clothes" },
    examples: ["hat", "shirt", "coat"],
  },
  {
    ...{ category: "instrument", title: "Musical instruments" },
    examples: ["piano", "drum", "harp"],
  },
  {
    ...{ category: "European country", title: "Countries in Europe" },
    examples: ["France", "Poland", "Greece"],
  },
  {
    ...{ category: "animal", title: "Some animals that I know" },
    ...{ examples: ["cat", "wolf", "bear"], heldOut: true },
  },
  {
    ...{ category: "fruit", title: "A list of fruit" },
    ...{ examples: ["banana", "plum", "cherry"], heldOut: true },
  },
  {
    ...{ category: "vehicle", title: "Vehicles" },
    ...{ examples: ["car", "boat", "train"], heldOut: true },
  },
  {
    ...{ category: "body part", title: "Parts of the body" },
    ...{ examples: ["hand", "nose", "knee"], heldOut: true },
  },
  {
    ...{ category: "language", title: "Languages" },
    ...{ examples: ["English", "Spanish", "Russian"], heldOut: true },
  },
  {
    ...{ category: "African country", title: "Countries in Africa" },
    ...{ examples: ["Egypt", "Kenya", "Ghana"], heldOut: true },
  },
];

/** What the language model reads: a title, three lines, and the start of the fourth. */
export const promptText = ({ title, examples }: ListPrompt): string =>
  `${title}:\n${examples.map((word) => `- ${word}\n`).join("")}-`;
