using System.Text.RegularExpressions;
using Snapback.Control.Plans;

namespace Snapback.Control.Import.Argo;

/// <summary>The arguments of an analysis: what the Rollout gives wins over the defaults of all its templates together.</summary>
internal sealed partial class ArgoArguments
{
    /// <summary>Null for what the Rollout takes from a Secret or a pod's hash: no default stands for it.</summary>
    private readonly Dictionary<string, string?> _given = new(StringComparer.Ordinal);

    private readonly Dictionary<string, string> _defaults = new(StringComparer.Ordinal);
    private readonly Manifest _rollout;

    public ArgoArguments(IEnumerable<Fields> given, Manifest rollout)
    {
        _rollout = rollout;
        foreach (var argument in given)
        {
            if (argument.Text("name") is { } name && (argument.Has("value") || argument.Has("valueFrom")))
            {
                _given[name] = ValueOf(argument);
            }
        }
    }

    /// <summary>Those of one more template; a second value for a name is a problem, as it is in Argo.</summary>
    public void AddDefaults(IEnumerable<Fields> arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument.Text("name") is { } name
                && ValueOf(argument) is { } value
                && !_defaults.TryAdd(name, value)
                && _defaults[name] != value)
            {
                argument.Problems.Add(
                    argument.At,
                    $"The argument {Shown.Plain(name)} is {Shown.Quoted(value)} here and {Shown.Quoted(_defaults[name])} in another template " +
                    "of the same analysis, which Argo refuses.",
                    "Leave one default, and give the value in the Rollout.");
            }
        }
    }

    /// <summary>A copy with every <c>{{args.name}}</c> replaced.</summary>
    /// <param name="missing">Arguments without a value, such as those out of a Secret.</param>
    public PlanNode Fill(PlanNode node, Problems problems, out HashSet<string> missing)
    {
        var lacking = new HashSet<string>(StringComparer.Ordinal);
        missing = lacking;
        return Fill(node);

        PlanNode Fill(PlanNode at) => at switch
        {
            PlanScalar scalar => Text(scalar),
            PlanList list => list with { Items = [.. list.Items.Select(Fill)] },
            PlanMap map => map with
            {
                Entries = new OrderedDictionary<string, PlanEntry>(
                    map.Entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value with { Value = Fill(entry.Value.Value) })),
                    map.Entries.Comparer),
            },
            _ => at,
        };

        PlanNode Text(PlanScalar scalar)
        {
            if (Placeholders.TryFill(Placeholder(), scalar.Text, Value, out var filled))
            {
                return scalar with { Text = filled };
            }

            Placeholders.RefuseLength(scalar, problems);
            return new PlanBroken(scalar.Path, scalar.Line, scalar.Column);
        }

        string Value(string name)
        {
            if ((_given.TryGetValue(name, out var given) ? given : _defaults.GetValueOrDefault(name)) is { } value)
            {
                return value;
            }

            lacking.Add(name);
            return "";
        }
    }

    private string? ValueOf(Fields argument) => argument.Text("value") ?? OfField(argument.Map("valueFrom"));

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
