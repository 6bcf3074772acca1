using System.Collections.Immutable;
using Snapback.Control.Analysis;

namespace Snapback.Control.Simulation;

/// <summary>One line of a record.</summary>
/// <param name="At">Seconds, on whatever clock the record has; null if the line does not say.</param>
/// <param name="Milliseconds">Null if unknown: then it says nothing about latency.</param>
/// <param name="Weight">The canary's share when the request was assigned, in [0, 1]; null if unknown.</param>
/// <param name="Line">Its number in the file, from 1.</param>
public readonly record struct RecordedResponse(double? At, bool IsCanary, Outcome Outcome, double? Milliseconds, double? Weight, int Line)
{
    // Three years: it is another number of the line, such as a date.
    private const double TooLong = 1e11;

    /// <summary>The milliseconds that a line names, or null if no answer can have taken them.</summary>
    internal static double? Latency(double? milliseconds) => milliseconds is >= 0 and < TooLong ? milliseconds : null;
}

/// <summary>What a file of responses holds.</summary>
/// <param name="Bad">Lines that could not be read.</param>
/// <param name="FirstBad">The first of them: its number and what is wrong with it; null if there is none.</param>
/// <param name="Lost">Responses that the recorder says it could not keep up with.</param>
public sealed record ResponseRecord(ImmutableArray<RecordedResponse> Responses, int Bad, string? FirstBad, long Lost = 0)
{
    public bool HasTimes => Responses.All(response => response.At is not null);
}
