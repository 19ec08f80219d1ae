import collections
import pytest
from hypothesis import settings, given, HealthCheck
from lianxin.foundation.errors import Refused
import tests.organisations.test_properties as tp
C=collections.Counter(); R=collections.Counter()
orig=tp.Town.perform
def perform(self,deed,*d):
    try:
        orig(self,deed,*d); C[deed,'ok']+=1
    except Refused as e:
        C[deed,'refused']+=1; R[deed,str(e)[-18:]]+=1; raise
tp.Town.perform=perform
@pytest.mark.django_db
def test_it(db):
    f=settings(max_examples=150,deadline=None,derandomize=False,suppress_health_check=list(HealthCheck))(tp.test_no_order_of_deeds_breaks_the_rules.hypothesis.inner_test)
    given(tp.deeds)(lambda sequence: f.__wrapped__(None,sequence) if hasattr(f,'__wrapped__') else f(None,sequence))
    test=settings(max_examples=150,deadline=None,suppress_health_check=list(HealthCheck),database=None)(given(tp.deeds)(lambda sequence: tp.test_no_order_of_deeds_breaks_the_rules.hypothesis.inner_test(None,sequence)))
    test()
    print(sorted(C.items())); print(R.most_common(25))
