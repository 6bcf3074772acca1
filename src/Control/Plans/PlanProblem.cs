namespace Snapback.Control.Plans;

/// <summary>One thing that is wrong with a plan, and what to do about it.</summary>
/// <param name="Path">Such as <c>steps[1].weight</c>, counted from 0; empty for the document as a whole.</param>
/// <param name="Message">A sentence that names the value and the rule.</param>
/// <param name="Remedy">A sentence, often with the line to write.</param>
/// <param name="Line">1-based; 0 where the source has no lines (configuration).</param>
/// <param name="Column">1-based; 0 where the source has no lines.</param>
public sealed record PlanProblem(string Path, string Message, string Remedy, int Line, int Column)
{
    /// <summary>File name or configuration section; null when the caller gave none.</summary>
    public string? Source { get; init; }

    public override string ToString()
    {
        var place = Line > 0 ? $"{Source}:{Line}:{Column}".TrimStart(':') : Source ?? "";
        var prefix = $"{place} {Path}".Trim();
        return $"{(prefix.Length > 0 ? prefix + ": " : "")}{Message} {Remedy}".TrimEnd();
    }
}
