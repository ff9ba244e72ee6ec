import { packageFile } from "./package_file.ts";

const faces = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique"];

/** The pinned fonts that kept figures are measured and drawn in. */
export const fonts = {
  loadSystemFonts: false,
  defaultFontFamily: "DejaVu Sans",
  fontFiles: faces.map((face) =>
    packageFile(`dejavu-fonts-ttf/ttf/${face}.ttf`)
  ),
};
