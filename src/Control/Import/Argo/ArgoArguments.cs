using System.Text.RegularExpressions;
using Snapback.Control.Plans;

namespace Snapback.Control.Import.Argo;

/// <summary>The arguments of an analysis: what the Rollout gives wins over the template's defaults.</summary>
internal sealed partial class ArgoArguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Manifest _rollout;

    public ArgoArguments(IEnumerable<Fields> given, Manifest rollout)
    {
        _rollout = rollout;
        AddDefaults(given);
    }

    public void AddDefaults(IEnumerable<Fields> arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument.Text("name") is { } name && (argument.Text("value") ?? OfField(argument.Map("valueFrom"))) is { } value)
            {
                _values.TryAdd(name, value);
            }
        }
    }

    /// <summary>A copy with every <c>{{args.name}}</c> replaced.</summary>
    /// <param name="missing">Arguments without a value, such as those out of a Secret.</param>
    public PlanNode Fill(PlanNode node, out HashSet<string> missing)
    {
        var lacking = new HashSet<string>(StringComparer.Ordinal);
        missing = lacking;
        return Fill(node);

        PlanNode Fill(PlanNode at) => at switch
        {
            PlanScalar scalar => scalar with { Text = Placeholder().Replace(scalar.Text, match => Value(match.Groups[1].Value)) },
            PlanList list => list with { Items = [.. list.Items.Select(Fill)] },
            PlanMap map => map with
            {
                Entries = new OrderedDictionary<string, PlanEntry>(
                    map.Entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value with { Value = Fill(entry.Value.Value) })),
                    map.Entries.Comparer),
            },
            _ => at,
        };

        string Value(string name)
        {
            if (_values.TryGetValue(name, out var value))
            {
                return value;
            }

            lacking.Add(name);
            return "";
        }
    }

    /// <summary>Fields of the Rollout's own metadata; hashes of pods and Secrets are not in the file.</summary>
    private string? OfField(Fields? valueFrom)
    {
        var path = valueFrom?.Map("fieldRef")?.Text("fieldPath");
        if (path is null || !_rollout.Root.Entries.TryGetValue("metadata", out var metadata) || metadata.Value is not PlanMap map)
        {
            return null;
        }

        var label = Label().Match(path);
        if (label.Success)
        {
            return map.Entries.TryGetValue(label.Groups[1].Value, out var labels) ? Text(labels.Value, label.Groups[2].Value) : null;
        }

        return path.StartsWith("metadata.", StringComparison.Ordinal) ? Text(map, path["metadata.".Length..]) : null;
    }

    private static string? Text(PlanNode node, string key) =>
        node is PlanMap map && map.Entries.TryGetValue(key, out var entry) && entry.Value is PlanScalar scalar ? scalar.Text : null;

    [GeneratedRegex(@"\{\{\s*args\.([A-Za-z0-9_-]+)\s*\}\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^metadata\.(labels|annotations)\['([^']+)'\]\z")]
    private static partial Regex Label();
}
