using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>A map of a manifest. Whatever nobody asked for is named when it is closed: nothing is dropped without a word.</summary>
internal sealed class Fields(PlanMap at, ManifestFile file)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public PlanMap At => at;

    public ManifestFile File => file;

    public Problems Problems => file.Problems;

    /// <summary>Null if there is nothing; anything but a map is a problem.</summary>
    public static Fields? Of(PlanNode? node, ManifestFile file)
    {
        if (node is PlanMap map)
        {
            return new Fields(map, file);
        }

        if (node is not (null or PlanBroken))
        {
            file.Problems.Add(node, "Keys with values belong here.", "Compare with the CRD's own documentation.");
        }

        return null;
    }

    /// <summary>A value that is there and not null.</summary>
    public PlanNode? Find(string key)
    {
        _asked.Add(key);
        if (at.Entries.TryGetValue(key, out var template) && template.Value is PlanUnquoted unquoted)
        {
            unquoted.Refuse(Problems);
        }

        return at.Entries.TryGetValue(key, out var entry) && entry.Value is not PlanNull ? entry.Value : null;
    }

    public bool Has(string key) => Find(key) is not null;

    public Fields? Map(string key) => Of(Find(key), file);

    /// <summary>Empty if the key is absent; anything but a list is a problem, and so is an item without a value.</summary>
    public IReadOnlyList<PlanNode> List(string key)
    {
        switch (Find(key))
        {
            case PlanList list:
                foreach (var nothing in list.Items.OfType<PlanNull>())
                {
                    Problems.Add(nothing, "There is no value.", "Give it one, or remove it.");
                }

                return list.Items;
            case null or PlanBroken:
                return [];
            case { } node:
                Problems.Add(node, "A list belongs here.", "Compare with the CRD's own documentation.");
                return [];
        }
    }

    public IEnumerable<Fields> Maps(string key) => List(key).Select(item => Of(item, file)).OfType<Fields>();

    /// <summary>Null if the key is absent; anything but one value is a problem.</summary>
    public PlanScalar? Scalar(string key)
    {
        if (Find(key) is not { } node || node is PlanScalar)
        {
            return Find(key) as PlanScalar;
        }

        if (node is not PlanBroken)
        {
            Problems.Add(node, "One value belongs here.", "Compare with the CRD's own documentation.");
        }

        return null;
    }

    public string? Text(string key) => Scalar(key)?.Text;

    /// <summary>As kubectl reads them, whose YAML is of version 1.1.</summary>
    public bool IsTrue(string key) => Text(key)?.ToUpperInvariant() is "TRUE" or "YES" or "ON" or "Y";

    /// <summary>Null if the key is absent or its value was refused, which is then a problem.</summary>
    public Located<T>? Value<T>(string key, Func<string, Parsed<T>> parse)
    {
        if (Scalar(key) is not { } scalar)
        {
            return null;
        }

        var parsed = parse(scalar.Text);
        if (parsed.Fault is { } fault)
        {
            Problems.Add(scalar, fault);
            return null;
        }

        return new Located<T>(parsed.Value, scalar);
    }

    public int? Whole(string key) => Value(key, ManifestNumbers.Whole)?.Value;

    /// <summary>Concerns the cluster and not the traffic.</summary>
    public void Elsewhere(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (Has(key))
            {
                file.Elsewhere(PlanNode.KeyPath(at.Path, key));
            }
        }
    }

    /// <summary>A known field that has no meaning here; false asks for nothing.</summary>
    public void Without(string key, string message, string remedy)
    {
        if (Find(key) is not (null or PlanScalar { Text: "false" }))
        {
            var entry = at.Entries[key];
            Problems.NotUnderstood(PlanNode.KeyPath(at.Path, key), message, remedy, entry.Line, entry.Column);
        }
    }

    /// <summary>Names every key that was not asked for.</summary>
    public void Close()
    {
        var absent = _asked.Where(key => !at.Entries.ContainsKey(key)).ToList();
        foreach (var (key, entry) in at.Entries)
        {
            if (_asked.Add(key))
            {
                var meant = Suggestion.For(key, absent);
                Problems.NotUnderstood(
                    PlanNode.KeyPath(at.Path, key),
                    $"The field {Shown.Quoted(key)} is unknown.",
                    meant is null ? "It is left out." : $"Did you mean {meant}? It is left out.",
                    entry.Line,
                    entry.Column);
            }
        }
    }
}
