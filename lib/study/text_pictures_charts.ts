import { type Run } from "../experiments/experiment.ts";
import { type Figure } from "../results/figure.ts";
import { frontsChart } from "../results/fronts_chart.ts";
import { trainingChart } from "../results/lines_charts.ts";
import { colorPictureGrid } from "../results/pictures.ts";
import { type ReportOptions } from "../results/report.ts";
import { atEnd, atStart, distinct, where } from "../results/rows.ts";
import { pictureSize } from "../data/two_objects.ts";
import { titled } from "./titled.ts";

/** Measures of pictures with their titles, for a chart. */
export const pictureTitles = titled({
  reward: "mean reward",
  right: "both halves right",
  judged: "both things seen by the judge",
  styles: "effective styles of a caption",
  distance: "distance of two pictures",
  flaw: "flaw: error to the nearest render",
});

const shownMethods = ["no reward", "ORW-CFM-W2, tau 4", "ADRPO-FM"];

/** The methods that were trained, less the starts. */
const trainedMethods = (run: Run): string[] =>
  Object.keys(run.methods).filter((method) =>
    !["base", "renders", "renders, decoded"].includes(method)
  );

/** The charts of the study of pictures from text. */
export const textPicturesCharts: ReportOptions["charts"] = {
  pictures: picturesOfCaptions,
  fronts: (run) =>
    frontsChart(run, {
      tasks: ["small net"],
      methods: trainedMethods(run),
      y: pictureTitles("styles", "distance", "judged", "flaw"),
    }),
  training: (run) =>
    trainingChart(run, {
      tasks: ["small net"],
      methods: trainedMethods(run),
      y: pictureTitles("reward", "judged", "styles", "flaw"),
    }),
};

/**
 * Pictures of captions before and after: a row a caption, a group of columns a method, each
 * at the middle of its grid, all from the same noise.
 */
export function picturesOfCaptions(run: Run): Figure {
  const own = where(run.shown, { task: "small net" });
  const groups = [
    { heading: "before", shown: atStart(where(own, { method: "ADRPO-FM" })) },
    ...shownMethods.map((method) => ({
      heading: method,
      shown: atEnd(where(own, { method })),
    })),
  ].map(({ heading, shown }) => {
    const grid = distinct<number>(shown, "coefficient");
    const coefficient = heading === "no reward"
      ? Math.min(...grid)
      : grid[Math.floor(grid.length / 2)];
    return { heading, shown: where(shown, { coefficient }) };
  }).filter(({ shown }) => shown.length > 0);
  const captions = distinct<string>(groups[0].shown, "caption");
  return colorPictureGrid(
    captions.map((caption) => ({
      label: caption,
      pictures: groups.flatMap(({ shown }) =>
        where(shown, { caption }).map(({ picture }) =>
          Uint8Array.fromBase64(picture as string)
        )
      ),
    })),
    {
      ...pictureSize,
      headings: groups.map(({ heading }) => heading),
      title:
        "Pictures of captions: fine-tuned, of pairs held out, of things held out",
    },
  );
}
