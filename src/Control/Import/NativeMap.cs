using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>
/// Writes native keys as the plan's own reader takes them, each with the manifest's path, line and column: its rules hold for
/// imported plans too, and what they find wrong is shown where the operator wrote it.
/// </summary>
internal sealed class NativeMap(PlanNode at)
{
    private readonly OrderedDictionary<string, PlanEntry> _entries = new(StringComparer.Ordinal);

    public PlanMap Node => new(at.Path, at.Line, at.Column, _entries);

    /// <param name="from">Where the value stood; null for one that the importer chose.</param>
    public NativeMap Set(string key, string value, PlanNode? from = null) => Set(key, Scalar(value, from ?? at));

    public NativeMap Set(string key, PlanNode value)
    {
        _entries[key] = new PlanEntry(value.Line, value.Column, value);
        return this;
    }

    public NativeMap Set(string key, IReadOnlyList<PlanNode> items)
    {
        return items.Count == 0 ? this : Set(key, new PlanList(at.Path, items[0].Line, items[0].Column, items));
    }

    public static PlanScalar Scalar(string value, PlanNode from) => new(from.Path, from.Line, from.Column, value);
}
