namespace Snapback.Control.Plans;

/// <summary>A map with a known set of keys; whatever is wrong with it becomes a problem.</summary>
internal sealed class PlanSection
{
    private const int MostListed = 9;

    private readonly Dictionary<string, PlanNode> _values = new(StringComparer.Ordinal);
    private readonly Problems _problems;

    private PlanSection(PlanMap map, string[] keys, Problems problems)
    {
        At = map;
        _problems = problems;
        foreach (var key in keys)
        {
            if (map.Entries.TryGetValue(key, out var entry))
            {
                _values.Add(key, entry.Value);
            }
        }

        foreach (var (key, entry) in map.Entries)
        {
            if (!keys.Contains(key, map.Entries.Comparer) && !problems.IsFull)
            {
                Unknown(key, entry, keys);
            }
        }
    }

    public PlanNode At { get; }

    /// <summary>Null if the node is no map, which is then a problem.</summary>
    public static PlanSection? Open(PlanNode node, string[] keys, string example, Problems problems)
    {
        if (node is PlanMap map)
        {
            return new PlanSection(map, keys, problems);
        }

        if (node is not PlanBroken)
        {
            problems.Add(node, $"{Kind(node)} stands where keys with values belong.", $"Write {example}.");
        }

        return null;
    }

    public PlanNode? Find(string key) => _values.GetValueOrDefault(key);

    /// <summary>Null if the key is absent or its value was refused.</summary>
    public Located<T>? Value<T>(string key, Func<string, Parsed<T>> parse) =>
        Find(key) is { } node ? Value(node, parse) : null;

    public void Missing(string key, string message, string remedy) =>
        _problems.Add(PlanNode.KeyPath(At.Path, key), message, remedy, At.Line, At.Column);

    public void Refuse(PlanNode at, string message, string remedy) => _problems.Add(at, message, remedy);

    /// <summary>Null if the key is absent or no list.</summary>
    public IReadOnlyList<PlanNode>? List(string key)
    {
        switch (Find(key))
        {
            case PlanList list:
                return list.Items;
            case { } node and not PlanBroken:
                _problems.Add(node, $"{Kind(node)} stands where a list belongs.", $"Write {key}: [ … ].");
                return null;
            default:
                return null;
        }
    }

    /// <summary>A list of names, each at most once; empty if the key is absent.</summary>
    public IEnumerable<string> Names(string key, StringComparer comparer)
    {
        var names = new HashSet<string>(comparer);
        foreach (var node in List(key) ?? [])
        {
            if (Value(node, Plans.Names.Any) is { } name && !names.Add(name.Value))
            {
                _problems.Add(node, $"{Shown.Quoted(name.Value)} stands in the list twice.", "Keep one.");
            }
        }

        return names;
    }

    public Located<T>? Value<T>(PlanNode node, Func<string, Parsed<T>> parse)
    {
        if (node is not PlanScalar scalar)
        {
            if (node is not PlanBroken)
            {
                _problems.Add(node, $"{Kind(node)} stands where one value belongs.", "Write a single value.");
            }

            return null;
        }

        var parsed = parse(scalar.Text);
        if (parsed.Fault is { } fault)
        {
            _problems.Add(node, fault);
            return null;
        }

        return new Located<T>(parsed.Value, node);
    }

    private void Unknown(string key, PlanEntry entry, string[] keys)
    {
        var path = PlanNode.KeyPath(At.Path, key);
        var meant = Suggestion.For(key, keys);
        var remedy = meant is null ? $"Known here: {Listed(keys)}." : $"Did you mean {meant}?";
        _problems.Add(path, $"The key {Shown.Quoted(key)} is unknown.", remedy, entry.Line, entry.Column);
        if (meant is not null)
        {
            // Read it as what was meant, so that one slip neither hides the errors below it nor looks like a missing part.
            _values.TryAdd(meant, entry.Value);
        }
    }

    /// <summary>The first known keys: thirty of them would hide the mistake that the sentence is about.</summary>
    private static string Listed(string[] keys) => keys.Length <= MostListed
        ? string.Join(", ", keys)
        : $"{string.Join(", ", keys[..MostListed])} and others (docs/plan.md)";

    private static string Kind(PlanNode node) => node switch
    {
        PlanScalar scalar => Shown.Quoted(scalar.Text),
        PlanList => "A list",
        _ => "A map",
    };
}
