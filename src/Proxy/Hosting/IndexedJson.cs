using Microsoft.Extensions.Configuration.Json;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// A JSON file whose sections know their children. The framework's own provider goes through all keys of the file for every
/// section that is asked for its children: with ten thousand routes the start would take hours.
/// </summary>
internal sealed class IndexedJson : JsonConfigurationSource
{
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new Provider(this);
    }

    internal sealed class Provider(IndexedJson source) : JsonConfigurationProvider(source)
    {
        private volatile Dictionary<string, string[]> _children = [];
        private bool _isLoaded;
        private string? _unreadable;

        /// <summary>Why the file's present contents are not the ones that hold; null if they are.</summary>
        public string? Problem => _unreadable
            ?? (source.Optional || source.FileProvider!.GetFileInfo(source.Path!).Exists ? null : $"There is no file '{source.Path}' any more. Put it back.");

        public override void Load(Stream stream)
        {
            try
            {
                base.Load(stream);
                (_isLoaded, _unreadable) = (true, null);
            }
            catch (FormatException e) when (_isLoaded)
            {
                // Somebody may be in the middle of writing it. The framework would silently go on with an empty configuration.
                _unreadable = $"The file '{source.Path}' cannot be read: {ConfigurationFiles.Cause(e.GetBaseException())} Correct it.";
                return;
            }

            var children = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
            var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var key in Data.Keys)
            {
                Add(children, known, key);
            }

            // These live as long as the process, so arrays have no spare room, and a key that many sections have is stored once.
            var words = new HashSet<string>(StringComparer.Ordinal);
            _children = children.ToDictionary(section => section.Key, section => Sorted(section.Value, words), StringComparer.OrdinalIgnoreCase);
        }

        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
        {
            var own = _children.GetValueOrDefault(parentPath ?? "") ?? [];
            return earlierKeys.Any() ? own.Concat(earlierKeys).Order(ConfigurationKeyComparer.Instance) : own;
        }

        private static string[] Sorted(List<string> siblings, HashSet<string> words)
        {
            siblings.Sort(ConfigurationKeyComparer.Instance);
            return [.. siblings.Select(key => words.TryGetValue(key, out var known) || words.Add(known = key) ? known : key)];
        }

        /// <summary>The key, and every section above it that was not met before.</summary>
        private static void Add(Dictionary<string, List<string>> children, HashSet<string> known, string path)
        {
            while (known.Add(path))
            {
                var parent = ConfigurationPath.GetParentPath(path) ?? "";
                if (!children.TryGetValue(parent, out var siblings))
                {
                    children[parent] = siblings = [];
                }

                siblings.Add(ConfigurationPath.GetSectionKey(path));
                if (parent.Length == 0)
                {
                    return;
                }

                path = parent;
            }
        }
    }
}
