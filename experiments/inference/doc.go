// Package inference is what a score is compared with: scores of shuffled conditions and of
// surrogates (Shuffle, Floor, Noise), intervals over conditions and units (Jackknife),
// ceilings by name (Halves, Repetition, NoiseFree, Subjects), and what else would score the
// same (Leading, NoiseEquivalent). Differences of models are judged on the same draws
// (Difference, BenjaminiHochberg).
//
// Datasets are tensors of time × condition × unit, as data.Dataset's Activity: x is the
// reference, a recording, and y the other, a model. Data of samples × units have one time,
// and their samples are the conditions. Conditions are shuffled and left out whole, at all
// times: rows of data that are smooth in time are no independent samples.
//
// What cannot be said is a value too: NaN, beside the reason in words. Randomness comes from
// seeds, one a draw, and no number depends on how many workers there are.
package inference
