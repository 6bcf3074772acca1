namespace Snapback.Control.Analysis;

/// <summary>What promotion asks of the judge.</summary>
/// <param name="StableAlarms">Stable itself breaks a budget: hold.</param>
/// <param name="Alarmed">The canary breaks a budget, to blame or not: hold.</param>
/// <param name="Leans">The evidence of some test is above 1: it leans to "bad", if only a little.</param>
/// <param name="Proved">The canary is proved to be under every budget; true where there is none.</param>
/// <param name="MissingResponses">More responses, all good, until that is so; 0 if it is.</param>
public readonly record struct Readiness(bool StableAlarms, bool Alarmed, bool Leans, bool Proved, long MissingResponses);
