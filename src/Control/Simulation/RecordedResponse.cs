using System.Collections.Immutable;
using Snapback.Control.Analysis;

namespace Snapback.Control.Simulation;

/// <summary>One line of a record.</summary>
/// <param name="At">Seconds, on whatever clock the record has; null if the line does not say.</param>
/// <param name="Milliseconds">Null if unknown: then it says nothing about latency.</param>
/// <param name="Weight">The canary's share when the request was assigned, in [0, 1]; null if unknown.</param>
/// <param name="Line">Its number in the file, from 1.</param>
public readonly record struct RecordedResponse(double? At, bool IsCanary, Outcome Outcome, double? Milliseconds, double? Weight, int Line);

/// <summary>What a file of responses holds.</summary>
/// <param name="Bad">Lines that could not be read.</param>
/// <param name="Lost">Responses that the recorder says it could not keep up with.</param>
/// <param name="FirstBad">The first of them: its number and what is wrong with it; null if there is none.</param>
public sealed record ResponseRecord(ImmutableArray<RecordedResponse> Responses, int Bad, string? FirstBad, long Lost = 0)
{
    public bool HasTimes => Responses.All(response => response.At is not null);
}
