using System.Collections.Immutable;

namespace Snapback.Control.Simulation;

/// <summary>Reads outcome logs and access logs, a line at a time in whatever form it has; what it cannot read it counts.</summary>
public static class RecordReader
{
    /// <param name="lines">Empty ones are passed over.</param>
    /// <param name="isCanary">The arm of lines that do not name one.</param>
    public static ResponseRecord Read(IEnumerable<string> lines, bool isCanary = true)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var responses = ImmutableArray.CreateBuilder<RecordedResponse>();
        var (number, bad, firstBad, lost) = (0, 0, (string?)null, 0L);
        foreach (var line in lines)
        {
            number++;
            var text = line.Trim();
            if (text.Length == 0)
            {
                continue;
            }

            if (JsonLine.LostIn(text) is { } missing)
            {
                // The recorder tells the sum so far.
                lost = Math.Max(lost, missing);
                continue;
            }

            if ((text[0] == '{' ? JsonLine.TryRead(text, isCanary, out var response, out var fault)
                : AccessLogLine.TryRead(text, isCanary, out response, out fault)) is false)
            {
                bad++;
                firstBad ??= $"line {number}: {fault}";
                continue;
            }

            responses.Add(response with { Line = number });
        }

        return new ResponseRecord(responses.ToImmutable(), bad, firstBad, lost);
    }
}
